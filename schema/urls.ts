/**
 * Every address of the application, once. Routes register the patterns, pages and tests build from them.
 * The three journeys read in the first path segment: /porteur, /esms (members, OG included), /ars.
 */
type Parameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Parameters<`/${Rest}`>
  : Path extends `${string}:${infer Name}.pdf`
    ? Name
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
  ogContacts: '/porteur/grappes/:grappe/og/:og/contacts',
  newEsms: '/porteur/grappes/:grappe/esms/nouveau',
  editEsms: '/porteur/grappes/:grappe/esms/:esms',
  removeEsms: '/porteur/grappes/:grappe/esms/:esms/retirer',
  reinstateEsms: '/porteur/grappes/:grappe/esms/:esms/reintegrer',
  esmsContacts: '/porteur/grappes/:grappe/esms/:esms/contacts',
  removeContact: '/porteur/grappes/:grappe/contacts/:contact/retirer',
  solutions: '/porteur/grappes/:grappe/solutions',
  newSolution: '/porteur/grappes/:grappe/solutions/nouvelle',
  importSolutions: '/porteur/grappes/:grappe/solutions/import',
  mergeSolutions: '/porteur/grappes/:grappe/solutions/fusion',
  editSolution: '/porteur/grappes/:grappe/solutions/:solution',
  chooseSolution: '/porteur/grappes/:grappe/solutions/:solution/choisir',
  invitations: '/porteur/grappes/:grappe/liens',
  inviteAll: '/porteur/grappes/:grappe/liens/tous',
  handToArs: '/porteur/grappes/:grappe/liens/ars',
  invitePerson: '/porteur/grappes/:grappe/liens/personne',
  revokeLink: '/porteur/grappes/:grappe/liens/:link/revoquer',
  reissueLink: '/porteur/grappes/:grappe/liens/:link/remplacer',
  expireLink: '/porteur/grappes/:grappe/liens/:link/echeance',
  mails: '/porteur/grappes/:grappe/messages',
  relances: '/porteur/grappes/:grappe/relances',
  saveRelances: '/porteur/grappes/:grappe/relances/reglages',
  pauseRelances: '/porteur/grappes/:grappe/relances/pause',
  sendRelances: '/porteur/grappes/:grappe/relances/envoi',
  deadlines: '/porteur/grappes/:grappe/echeances',
  moveDeadline: '/porteur/grappes/:grappe/echeances/date',
  grantExtension: '/porteur/grappes/:grappe/echeances/delai',
  reopenPiece: '/porteur/grappes/:grappe/echeances/reouverture',
  porteurCalendar: '/porteur/grappes/:grappe/echeances/agenda',
  revokeCalendar: '/porteur/grappes/:grappe/echeances/agenda/:link/revoquer',
  journal: '/porteur/grappes/:grappe/journal',
  chosenPieces: '/porteur/grappes/:grappe/pieces/choisies',
  acceptPieces: '/porteur/grappes/:grappe/pieces/accepter',
  piece: '/porteur/grappes/:grappe/pieces/:piece',
  decidePiece: '/porteur/grappes/:grappe/pieces/:piece/decision',
  depositAsPorteur: '/porteur/grappes/:grappe/pieces/:piece/depot',
  pieceUploads: '/porteur/grappes/:grappe/pieces/:piece/envois',
  pieceUpload: '/porteur/grappes/:grappe/pieces/:piece/envois/:upload',
  depositPieceUploads: '/porteur/grappes/:grappe/pieces/:piece/envois/depot',
  orderPagesAsPorteur: '/porteur/grappes/:grappe/pieces/:piece/documents/:file/pages',
  pieceMessages: '/porteur/grappes/:grappe/pieces/:piece/messages',
  pieceNonApplicable: '/porteur/grappes/:grappe/pieces/:piece/non-applicable',
  pieceReceiptPdf: '/porteur/grappes/:grappe/pieces/:piece/recu/:version.pdf',
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
  memberOrderPages: '/esms/:token/pieces/:piece/documents/:file/pages',
  memberReceipt: '/esms/:token/pieces/:piece/recu/:version',
  memberReceiptPdf: '/esms/:token/pieces/:piece/recu/:version.pdf',
  memberMessages: '/esms/:token/pieces/:piece/messages',
  memberNonApplicable: '/esms/:token/pieces/:piece/non-applicable',
  memberContacts: '/esms/:token/contacts',
  memberPhone: '/esms/:token/contacts/telephone',
  memberRemoveContact: '/esms/:token/contacts/:contact/retirer',
  memberFile: '/esms/:token/fichiers/:file',
  memberCalendar: '/esms/:token/agenda',

  calendarFeed: '/agenda/:token/echeances.ics',

  arsDossiers: '/ars',
  arsSignOut: '/ars/deconnexion',
  // `:token` is that of a link, or the id of a grappe for a reviewer who signed in by e-mail.
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
  arsMemberZip: '/ars/:token/versions/:number/membres/:owner/pieces.zip',
  arsReview: '/ars/:token/versions/:number/pieces/:piece/decision',
  arsDropDraft: '/ars/:token/versions/:number/pieces/:piece/brouillon',
  arsComplements: '/ars/:token/versions/:number/complements',
  arsOpinion: '/ars/:token/versions/:number/avis',

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
  reissueLink: '/api/v1/grappes/:grappe/liens/:link/remplacement',
  linkExpiry: '/api/v1/grappes/:grappe/liens/:link/echeance',
  contacts: '/api/v1/grappes/:grappe/contacts',
  contact: '/api/v1/grappes/:grappe/contacts/:contact',
  invitations: '/api/v1/grappes/:grappe/invitations',
  acceptPieces: '/api/v1/grappes/:grappe/pieces/acceptation',
  piece: '/api/v1/grappes/:grappe/pieces/:piece',
  versions: '/api/v1/grappes/:grappe/pieces/:piece/versions',
  decision: '/api/v1/grappes/:grappe/pieces/:piece/decision',
  thread: '/api/v1/grappes/:grappe/pieces/:piece/echanges',
  nonApplicable: '/api/v1/grappes/:grappe/pieces/:piece/non-applicable',
  nonApplicableDecision: '/api/v1/grappes/:grappe/pieces/:piece/non-applicable/decision',
  receiptPdf: '/api/v1/grappes/:grappe/pieces/:piece/recu/:version.pdf',
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
  memberThread: '/api/v1/depot/pieces/:piece/echanges',
  memberNonApplicable: '/api/v1/depot/pieces/:piece/non-applicable',
  memberReceiptPdf: '/api/v1/depot/pieces/:piece/recu/:version.pdf',
  memberFile: '/api/v1/depot/fichiers/:file',

  arsDossier: '/api/v1/lecture',
  arsPiece: '/api/v1/lecture/pieces/:piece',
  arsFile: '/api/v1/lecture/fichiers/:file',
  arsDossierZip: '/api/v1/lecture/dossier.zip',
  arsDossierXlsx: '/api/v1/lecture/dossier.xlsx',
  arsConforming: '/api/v1/lecture/versions/:number/pieces/:piece/conforme',
  arsComplements: '/api/v1/lecture/versions/:number/complements',
  arsOpinion: '/api/v1/lecture/versions/:number/avis',
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
