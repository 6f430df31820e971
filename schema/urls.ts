/**
 * Every address of the application, once. Routes register the patterns, pages and tests build from them.
 * The three journeys read in the first path segment: /porteur, /esms (members, OG included), /ars.
 */
type Parameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Parameters<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

/** Page addresses. A `:token` segment is a capability and is masked in logs. */
export const PATHS = {
  home: '/',
  health: '/health',

  signIn: '/connexion',
  signInLink: '/connexion/:token',
  signOut: '/deconnexion',
  administration: '/administration/:token',
  registryImport: '/administration/:token/registre',

  grappes: '/porteur',
  newGrappe: '/porteur/grappes/nouvelle',
  apiAccess: '/porteur/acces-api',
  apiAccessRevoke: '/porteur/acces-api/:link/revoquer',
  board: '/porteur/grappes/:grappe',
  boardFragment: '/porteur/grappes/:grappe/tableau',
  boardCsv: '/porteur/grappes/:grappe/tableau.csv',
  boardEvents: '/porteur/grappes/:grappe/evenements',
  eligibility: '/porteur/grappes/:grappe/eligibilite',
  declarations: '/porteur/grappes/:grappe/declarations',
  members: '/porteur/grappes/:grappe/membres',
  importMembers: '/porteur/grappes/:grappe/membres/import',
  importPreview: '/porteur/grappes/:grappe/membres/import/apercu',
  importModel: '/porteur/grappes/:grappe/membres/import/modele.xlsx',
  newOg: '/porteur/grappes/:grappe/og/nouveau',
  editOg: '/porteur/grappes/:grappe/og/:og',
  removeOg: '/porteur/grappes/:grappe/og/:og/retirer',
  newEsms: '/porteur/grappes/:grappe/esms/nouveau',
  editEsms: '/porteur/grappes/:grappe/esms/:esms',
  removeEsms: '/porteur/grappes/:grappe/esms/:esms/retirer',
  reinstateEsms: '/porteur/grappes/:grappe/esms/:esms/reintegrer',
  solutions: '/porteur/grappes/:grappe/solutions',
  newSolution: '/porteur/grappes/:grappe/solutions/nouvelle',
  importSolutions: '/porteur/grappes/:grappe/solutions/import',
  mergeSolutions: '/porteur/grappes/:grappe/solutions/fusion',
  editSolution: '/porteur/grappes/:grappe/solutions/:solution',
  chooseSolution: '/porteur/grappes/:grappe/solutions/:solution/choisir',
  invitations: '/porteur/grappes/:grappe/liens',
  inviteAll: '/porteur/grappes/:grappe/liens/tous',
  handToArs: '/porteur/grappes/:grappe/liens/ars',
  revokeLink: '/porteur/grappes/:grappe/liens/:link/revoquer',
  mails: '/porteur/grappes/:grappe/messages',
  journal: '/porteur/grappes/:grappe/journal',
  chosenPieces: '/porteur/grappes/:grappe/pieces/choisies',
  acceptPieces: '/porteur/grappes/:grappe/pieces/accepter',
  piece: '/porteur/grappes/:grappe/pieces/:piece',
  decidePiece: '/porteur/grappes/:grappe/pieces/:piece/decision',
  depositAsPorteur: '/porteur/grappes/:grappe/pieces/:piece/depot',
  pieceUploads: '/porteur/grappes/:grappe/pieces/:piece/envois',
  pieceUpload: '/porteur/grappes/:grappe/pieces/:piece/envois/:upload',
  depositPieceUploads: '/porteur/grappes/:grappe/pieces/:piece/envois/depot',
  file: '/porteur/grappes/:grappe/fichiers/:file',
  previewFile: '/porteur/grappes/:grappe/fichiers/:file/apercu',
  dossier: '/porteur/grappes/:grappe/dossier',
  dossierZip: '/porteur/grappes/:grappe/dossier.zip',
  dossierXlsx: '/porteur/grappes/:grappe/dossier.xlsx',
  sealDossier: '/porteur/grappes/:grappe/dossier/sceller',
  sealedVersion: '/porteur/grappes/:grappe/dossier/versions/:number',
  sealedProgress: '/porteur/grappes/:grappe/dossier/versions/:number/avancement',
  recheckVersion: '/porteur/grappes/:grappe/dossier/versions/:number/verifier',
  sealedZip: '/porteur/grappes/:grappe/dossier/versions/:number/dossier.zip',
  sealedXlsx: '/porteur/grappes/:grappe/dossier/versions/:number/dossier.xlsx',
  sealedReading: '/porteur/grappes/:grappe/dossier/versions/:number/lecture.pdf',
  redrawReading: '/porteur/grappes/:grappe/dossier/versions/:number/lecture',

  memberHome: '/esms/:token',
  memberSeen: '/esms/:token/vu',
  memberPiece: '/esms/:token/pieces/:piece',
  memberUploads: '/esms/:token/pieces/:piece/envois',
  memberUpload: '/esms/:token/pieces/:piece/envois/:upload',
  depositMemberUploads: '/esms/:token/pieces/:piece/envois/depot',
  memberReceipt: '/esms/:token/pieces/:piece/recu/:version',
  memberFile: '/esms/:token/fichiers/:file',

  arsHome: '/ars/:token',
  arsSeen: '/ars/:token/vu',
  arsPiece: '/ars/:token/pieces/:piece',
  arsFile: '/ars/:token/fichiers/:file',
  arsPreviewFile: '/ars/:token/fichiers/:file/apercu',
  arsDossierZip: '/ars/:token/dossier.zip',
  arsDossierXlsx: '/ars/:token/dossier.xlsx',
  arsVersion: '/ars/:token/versions/:number',
  arsVersionZip: '/ars/:token/versions/:number/dossier.zip',
  arsVersionXlsx: '/ars/:token/versions/:number/dossier.xlsx',
  arsVersionReading: '/ars/:token/versions/:number/lecture.pdf',

  verify: '/verifier',

  assets: '/assets/',
  apiDocs: '/api',
  openApi: '/api/v1/openapi.json',
} as const

/** Addresses of the API, all under /api/v1. A bearer token says whose they are. */
export const API_PATHS = {
  signIn: '/api/v1/connexion',
  signInProgram: '/api/v1/connexion/jeton',
  tokens: '/api/v1/jetons',
  token: '/api/v1/jetons/:link',
  calls: '/api/v1/appels',
  registry: '/api/v1/finess',

  grappes: '/api/v1/grappes',
  grappe: '/api/v1/grappes/:grappe',
  eligibility: '/api/v1/grappes/:grappe/eligibilite',
  margin: '/api/v1/grappes/:grappe/marge',
  declarations: '/api/v1/grappes/:grappe/declarations',
  board: '/api/v1/grappes/:grappe/tableau',
  journal: '/api/v1/grappes/:grappe/journal',
  mails: '/api/v1/grappes/:grappe/messages',
  ogs: '/api/v1/grappes/:grappe/og',
  og: '/api/v1/grappes/:grappe/og/:og',
  allEsms: '/api/v1/grappes/:grappe/esms',
  esms: '/api/v1/grappes/:grappe/esms/:esms',
  importMembers: '/api/v1/grappes/:grappe/import',
  withdrawEsms: '/api/v1/grappes/:grappe/esms/:esms/retrait',
  solution: '/api/v1/grappes/:grappe/solution',
  links: '/api/v1/grappes/:grappe/liens',
  link: '/api/v1/grappes/:grappe/liens/:link',
  invitations: '/api/v1/grappes/:grappe/invitations',
  acceptPieces: '/api/v1/grappes/:grappe/pieces/acceptation',
  piece: '/api/v1/grappes/:grappe/pieces/:piece',
  versions: '/api/v1/grappes/:grappe/pieces/:piece/versions',
  decision: '/api/v1/grappes/:grappe/pieces/:piece/decision',
  file: '/api/v1/grappes/:grappe/fichiers/:file',
  dossierZip: '/api/v1/grappes/:grappe/dossier.zip',
  dossierXlsx: '/api/v1/grappes/:grappe/dossier.xlsx',
  seals: '/api/v1/grappes/:grappe/versions',
  seal: '/api/v1/grappes/:grappe/versions/:number',
  sealZip: '/api/v1/grappes/:grappe/versions/:number/dossier.zip',
  sealXlsx: '/api/v1/grappes/:grappe/versions/:number/dossier.xlsx',
  sealByHash: '/api/v1/sceaux/:hash',

  memberPieces: '/api/v1/depot',
  memberPiece: '/api/v1/depot/pieces/:piece',
  memberVersions: '/api/v1/depot/pieces/:piece/versions',
  memberFile: '/api/v1/depot/fichiers/:file',

  arsDossier: '/api/v1/lecture',
  arsPiece: '/api/v1/lecture/pieces/:piece',
  arsFile: '/api/v1/lecture/fichiers/:file',
  arsDossierZip: '/api/v1/lecture/dossier.zip',
  arsDossierXlsx: '/api/v1/lecture/dossier.xlsx',
  arsSeals: '/api/v1/lecture/versions',
  arsSealZip: '/api/v1/lecture/versions/:number/dossier.zip',
  arsSealXlsx: '/api/v1/lecture/versions/:number/dossier.xlsx',
} as const

export type PathName = keyof typeof PATHS

/**
 * The address of a page, its parameters percent-encoded.
 *
 * `urlTo('board', { grappe: id })` → `/porteur/grappes/…`
 */
export function urlTo<Name extends PathName>(
  name: Name,
  ...[values]: Parameters<(typeof PATHS)[Name]> extends never
    ? []
    : [Record<Parameters<(typeof PATHS)[Name]>, string>]
): string {
  return fill(PATHS[name], values ?? {})
}

/** Any pattern of this file with its parameters put in, percent-encoded. */
export function fill(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replace(/:(\w+)/g, (_, parameter: string) => encodeURIComponent(values[parameter] ?? ''))
}
