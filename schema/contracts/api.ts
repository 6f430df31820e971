/** What the API answers, field by field; the OpenAPI document is made from these. */
import { z } from 'zod'
import { DOMAINES, PROJETS, SCOPES } from '../../server/domain/call.ts'
import { MEMBER_FIELDS } from '../../server/domain/member-columns.ts'
import { PIECE_STATES, SCANS } from '../../server/domain/piece.ts'
import { AVIS } from '../../server/domain/review.ts'

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .describe('Jour AAAA-MM-JJ, dans le fuseau de l’appel')
const instant = z.iso.datetime().describe('Instant ISO 8601 en UTC')
const id = z.uuid()

export const problemAnswer = z
  .object({
    type: z.string().describe('about:blank, ou l’identifiant du refus'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('Une phrase en français qui dit quoi faire'),
    fields: z.record(z.string(), z.string()).optional().describe('Une phrase par champ à corriger'),
    files: z
      .array(z.object({ name: z.string(), code: z.string(), reason: z.string() }))
      .optional()
      .describe('Une phrase par fichier non pris'),
  })
  .describe('Problème, au sens de la RFC 9457')

export const provenanceAnswer = z.object({
  kind: z.enum(['source', 'hypothesis', 'carrier']),
  reference: z.string(),
  confidence: z.enum(['H', 'M', 'L']).optional(),
})

export const fileAnswer = z.object({
  id,
  name: z.string(),
  sha256: z.string().length(64),
  size: z.number().int(),
  mediaType: z.string(),
  role: z
    .enum(['document', 'original'])
    .describe('original : une photo qui a donné le document qui la précède'),
  pageCount: z.number().int().nullable().describe('D’un PDF ; null si le nombre de pages n’a pas pu être lu'),
  width: z.number().int().nullable().describe('En pixels, d’une image'),
  height: z.number().int().nullable(),
  scan: z.enum(SCANS).describe('Ce que dit l’antivirus'),
  virus: z.string().nullable(),
})

export const versionAnswer = z.object({
  id,
  number: z.number().int(),
  depositedAt: instant,
  depositedBy: z.string(),
  decision: z.enum(['acceptee', 'refusee']).nullable(),
  motive: z.string().nullable(),
  decidedAt: instant.nullable(),
  files: z.array(fileAnswer),
})

export const callAnswer = z.object({
  code: z.string(),
  title: z.string(),
  fictional: z.boolean(),
  opensOn: z.string().nullable(),
  closesOn: z.string().nullable(),
  timeZone: z.string(),
})

export const grappeSummaryAnswer = z.object({
  id,
  name: z.string(),
  callCode: z.string(),
  createdAt: instant,
})

const contact = { contactName: z.string().nullable(), contactEmail: z.string().nullable() }

export const ogAnswer = z.object({ id, name: z.string(), finessEj: z.string().nullable(), ...contact })

export const esmsAnswer = z.object({
  id,
  ogId: id,
  name: z.string(),
  finess: z.string().nullable(),
  domaine: z.enum(DOMAINES).nullable(),
  projet: z.enum(PROJETS).nullable(),
  solutionId: id.nullable(),
  categorie: z.string().nullable(),
  withdrawnOn: day.nullable(),
  ...contact,
})

export const grappeAnswer = z.object({
  id,
  name: z.string(),
  porteurOgId: id.nullable(),
  revision: z.number().int(),
  call: z.object({
    code: z.string(),
    title: z.string(),
    fictional: z.boolean(),
    opensOn: day.nullable(),
    closesOn: day.nullable(),
    timeZone: z.string(),
  }),
  ogs: z.array(ogAnswer),
  esms: z.array(esmsAnswer),
  solutions: z.array(z.object({ id, editeur: z.string(), produit: z.string() })),
})

export const verdictAnswer = z.object({
  status: z.enum(['eligible', 'non-eligible', 'a-verifier']),
  criteria: z.array(
    z.object({
      rule: z.string(),
      title: z.string(),
      status: z.enum(['satisfait', 'non-satisfait', 'a-verifier']),
      reason: z.string(),
      esmsIds: z.array(id),
      ogIds: z.array(id),
      remedy: z.string().nullable(),
      provenance: provenanceAnswer,
    }),
  ),
})

export const marginAnswer = z.object({
  mayLeave: z
    .number()
    .int()
    .nullable()
    .describe('Combien d’ESMS peuvent partir ; null si aucun seuil n’est atteint'),
  counts: z.array(z.object({ rule: z.string(), title: z.string(), mayLeave: z.number().int() })),
  ogDepartures: z.array(z.object({ ogId: id, esmsLeaving: z.number().int(), breaks: z.array(z.string()) })),
  without: verdictAnswer.nullable().describe('Le verdict sans les ESMS du paramètre « sans »'),
})

export const expectedPieceAnswer = z.object({
  pieceId: id.nullable(),
  code: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  owner: z.object({ id: id.nullable(), name: z.string(), finess: z.string().nullable() }),
  required: z.boolean(),
  state: z.enum(PIECE_STATES),
  late: z.boolean(),
  deadlineOn: day.nullable(),
  version: versionAnswer.nullable(),
})

export const boardAnswer = z.object({
  revision: z.number().int(),
  complete: z.boolean(),
  pieces: z.array(expectedPieceAnswer),
})

export const nonApplicableAnswer = z.object({
  id,
  reason: z.string(),
  askedBy: z.string(),
  askedAt: instant,
  decision: z.enum(['confirmee', 'refusee']).nullable(),
  motive: z.string().nullable(),
  decidedAt: instant.nullable(),
})

export const messageAnswer = z.object({
  id,
  at: instant,
  side: z.enum(['membre', 'porteur']),
  author: z.string(),
  text: z.string(),
})

export const contactAnswer = z.object({
  id,
  owner: z.object({ kind: z.enum(['og', 'esms']), id, name: z.string() }),
  name: z.string().nullable(),
  email: z.string(),
  phone: z.string().nullable(),
})

export const pieceAnswer = z.object({
  pieceId: id,
  code: z.string(),
  name: z.string(),
  explanation: z.string(),
  required: z.boolean(),
  formats: z.array(z.string()),
  maxFileMb: z.number(),
  severalFiles: z.boolean(),
  deadlineOn: day.nullable(),
  provenance: provenanceAnswer,
  state: z.enum(PIECE_STATES),
  nonApplicable: nonApplicableAnswer
    .nullable()
    .describe('La demande « non applicable » qui vaut encore ; un dépôt fait ensuite la retire'),
  versions: z.array(versionAnswer),
})

const chosenVersion = { pieceId: id, versionId: id }

export const acceptanceAnswer = z.object({
  accepted: z.array(z.object(chosenVersion)),
  left: z.array(
    z.object({
      ...chosenVersion,
      reason: z
        .enum(['remplacee', 'decidee', 'introuvable'])
        .describe('Une version plus récente est arrivée, la pièce est déjà décidée, ou elle n’est pas ici'),
    }),
  ),
})

export const receiptAnswer = z.object({
  pieceId: id,
  version: versionAnswer,
  alreadyReceived: z.boolean().describe('Les mêmes fichiers étaient déjà déposés : aucune nouvelle version'),
  refused: z.array(z.object({ name: z.string(), code: z.string(), reason: z.string() })),
})

export const importPreviewAnswer = z
  .object({
    counts: z.object({ pret: z.int(), 'a-corriger': z.int(), 'deja-present': z.int() }),
    lines: z.array(
      z.object({
        line: z.int().describe('Numéro de la ligne dans le tableau'),
        status: z.enum(['pret', 'a-corriger', 'deja-present']),
        values: z.partialRecord(z.enum(MEMBER_FIELDS), z.string()),
        presentEsmsId: id.nullable(),
        findings: z.array(
          z.object({
            field: z.enum(MEMBER_FIELDS),
            address: z.string().nullable().describe('Cellule, telle que B12'),
            found: z.string(),
            reason: z.string(),
            remedy: z.string().nullable(),
            proposal: z.string().nullable().describe('Valeur probable, à accepter par une correction'),
            blocking: z.boolean(),
          }),
        ),
      }),
    ),
    newOgs: z.array(z.string()),
    newSolutions: z.array(z.object({ editeur: z.string(), produit: z.string() })),
    mergeProposals: z.array(z.string()).describe('Solutions qui n’en font peut-être qu’une'),
    unusedColumns: z.array(z.object({ header: z.string(), reason: z.string() })),
    ignored: z.array(z.object({ line: z.int(), text: z.string(), reason: z.string() })),
    registry: z.string().nullable().describe('Registre FINESS qui a répondu ; null : rien n’est vérifié'),
  })
  .describe('Ce que l’import ferait : rien n’est écrit')

export const importAnswer = z.object({
  added: z.int(),
  newOgs: z.int(),
  newSolutions: z.int(),
  alreadyPresent: z.int(),
})

export const linkAnswer = z.object({
  id,
  kind: z.enum(['og', 'esms', 'personne', 'ars']),
  label: z.string(),
  ogId: id.nullable(),
  esmsId: id.nullable(),
  email: z.string().nullable().describe('À qui le lien est remis ; null : remis de la main à la main'),
  address: z.string().nullable(),
  createdAt: instant,
  expiresAt: instant,
  revokedAt: instant.nullable(),
  lastUsedAt: instant.nullable().describe('Quand une personne, et non un robot de messagerie, l’a ouvert'),
  mail: z
    .object({
      writtenAt: instant,
      sentAt: instant.nullable(),
      bouncedAt: instant.nullable().describe('Quand le serveur de messagerie l’a refusé pour de bon'),
      failure: z.string().nullable(),
    })
    .nullable()
    .describe('Le dernier message qui a porté ce lien'),
})

export const mailAnswer = z.object({
  id,
  recipient: z.string(),
  subject: z.string(),
  text: z.string(),
  createdAt: instant,
  sentAt: instant.nullable(),
  failure: z.string().nullable(),
})

export const journalAnswer = z.array(z.object({ at: instant, actor: z.string(), event: z.string() }))

export const registryAnswer = z.object({
  registry: z
    .object({ format: z.enum(['csv', 'finess-plus']), dataOn: day.nullable() })
    .nullable()
    .describe('Date des données ; null quand aucun registre n’est chargé'),
  remark: z.string().nullable(),
  hits: z.array(
    z.object({
      number: z.string(),
      kind: z.enum(['ET', 'EJ']),
      name: z.string().nullable(),
      ejNumber: z.string().nullable(),
      ejName: z.string().nullable(),
      categorie: z.string().nullable(),
      departement: z.string().nullable(),
      acheminement: z.string().nullable(),
      siret: z.string().nullable(),
      open: z.boolean(),
    }),
  ),
})

export const issuedTokenAnswer = z.object({
  token: z.string().describe('À garder secret : il n’est montré qu’une fois'),
  expiresAt: instant,
})

const pieceChangeAnswer = z.object({
  ownerName: z.string(),
  pieceName: z.string(),
  from: z.number().int().nullable(),
  to: z.number().int().nullable(),
})

const verdictStatus = z.enum(['eligible', 'non-eligible', 'a-verifier'])

export const sealAnswer = z.object({
  version: z.number().int(),
  state: z.enum(['verification', 'scelle', 'refuse']),
  name: z.string().describe('Des fichiers, sans extension'),
  complete: z.boolean(),
  sealedAt: z.string(),
  sealedBy: z.string(),
  seal: z.string().describe('SHA-256 du manifeste 00_SCEAU.txt'),
  zipBytes: z.number().int(),
  zipSha256: z.string().nullable().describe('Du ZIP lui-même, une fois ses fichiers relus'),
  checkedBytes: z.number().int(),
  totalBytes: z.number().int(),
  failure: z.string().nullable(),
  changes: z
    .object({
      since: z.number().int(),
      added: z.array(pieceChangeAnswer).readonly(),
      replaced: z.array(pieceChangeAnswer).readonly(),
      removed: z.array(pieceChangeAnswer).readonly(),
      verdict: z.object({ from: verdictStatus, to: verdictStatus }).nullable(),
      complete: z.object({ from: z.boolean(), to: z.boolean() }).nullable(),
    })
    .nullable()
    .describe('Depuis la version scellée précédente'),
})

export const sealedFilesAnswer = z.object({
  version: z.number().int(),
  name: z.string(),
  sealedAt: z.string(),
  seal: z.string(),
  zipBytes: z.number().int(),
  zipSha256: z.string().nullable(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), size: z.number().int().nullable() })),
})

export const reviewAnswer = z.object({
  pieceId: id,
  pieceName: z.string(),
  ownerName: z.string(),
  versionId: id.nullable().describe('Le dépôt lu ; null si la pièce était absente'),
  versionNumber: z.number().int().nullable(),
  sealNumber: z.number().int().describe('La version scellée lue'),
  decision: z.enum(['conforme', 'complement']),
  motive: z.string().nullable(),
  deadlineOn: day.nullable(),
  actor: z.string(),
  at: instant,
})

export const answerAnswer = z.object({
  request: reviewAnswer,
  status: z.enum(['repondu', 'en-attente', 'non-applicable', 'plus-demandee']),
  versionNumber: z.number().int().nullable().describe('Le dépôt qui répond'),
})

export const opinionAnswer = z.object({
  sealNumber: z.number().int(),
  avis: z.enum(AVIS),
  note: z.string().nullable(),
  actor: z.string(),
  at: instant,
})
