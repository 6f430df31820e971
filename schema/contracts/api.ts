/** What the API answers, field by field; the OpenAPI document is made from these. */

import { z } from 'zod'
import { DOMAINES, PROJETS, SCOPES } from '../../server/domain/call.ts'
import { COMPLETENESSES } from '../../server/domain/completeness.ts'
import { PROOFS } from '../../server/domain/journal/entry.ts'
import { FACT_PLACES } from '../../server/domain/kit/values.ts'
import {
  CORRECTED_FACTS,
  CORRECTION_MODES,
  MEMBER_FACTS,
  OG_FACTS,
} from '../../server/domain/member-facts.ts'
import { MEMBER_FIELDS } from '../../server/domain/member-import/columns.ts'
import { PIECE_STATES, SCANS } from '../../server/domain/piece.ts'
import { AVIS, REVIEWER_PROOFS } from '../../server/domain/review.ts'
import { ROLES } from '../../server/domain/role.ts'
import { SIGNING_STEPS } from '../../server/domain/signing.ts'
import { answerContract, fieldKindContract } from './forms.ts'

export const day = z
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
    reference: z.string().describe('De la demande, telle que le journal du serveur la nomme'),
    fields: z.record(z.string(), z.string()).optional().describe('Une phrase par champ à corriger'),
    files: z
      .array(z.object({ name: z.string(), code: z.string(), reason: z.string() }))
      .optional()
      .describe('Une phrase par fichier non pris'),
  })
  .describe('Problème, au sens de la RFC 9457')

const givenProvenance = {
  kind: z.enum(['source', 'hypothesis', 'carrier']),
  reference: z.string(),
  confidence: z.enum(['H', 'M', 'L']).optional(),
}

export const provenanceAnswer = z.object({
  ...givenProvenance,
  kind: z.enum(['source', 'hypothesis', 'carrier', 'adapted']).describe('adapted : adaptée par le porteur'),
  on: day.optional().describe('Le jour de l’adaptation'),
  original: z.object(givenProvenance).optional().describe('D’où venait ce qui a été adapté'),
})

const originAnswer = z.object({
  kind: z
    .enum(['source', 'hypothesis', 'carrier', 'adapted', 'reported', 'answered'])
    .describe('reported : reporté par le porteur ; answered : répondu par les membres'),
  reference: z.string(),
  confidence: z.enum(['H', 'M', 'L']).optional(),
  on: day.nullable().optional().describe('Le jour du report'),
})

export const callValueAnswer = z.object({
  path: z.string(),
  kind: z.string().describe('Ce que la valeur doit être : count, domaines, day, euros…'),
  group: z.string(),
  name: z.string(),
  value: z.unknown().describe('null : personne ne la donne'),
  origin: originAnswer,
  reported: z.boolean(),
  before: z.unknown().describe('Ce que l’appel donnait'),
})

export const correctionAnswer = z.object({
  id,
  member: z.object({ kind: z.enum(['og', 'esms']), id, name: z.string() }),
  proposedBy: z.string(),
  proposedAt: instant,
  changes: z.array(
    z.object({
      fact: z.enum(CORRECTED_FACTS),
      before: z.string().nullable(),
      after: z.string().nullable(),
      words: z.object({ before: z.string(), after: z.string() }),
    }),
  ),
  stale: z.array(z.enum(CORRECTED_FACTS)).describe('Ce qui a changé depuis la proposition'),
})

export const ownRecordAnswer = z.object({
  esms: z.object({ id, name: z.string() }),
  facts: z.record(z.enum(MEMBER_FACTS), z.string().nullable()),
  questions: z
    .array(z.object({ kind: z.enum(['declaration', 'fact']), words: z.string() }))
    .describe('Ce qui reste à répondre ou à compléter'),
  answers: z.array(
    z.object({
      code: z.string(),
      title: z.string(),
      statement: z.string(),
      answer: z.boolean().nullable(),
      source: z.string().nullable(),
    }),
  ),
  solutions: z.array(z.object({ id, name: z.string() })),
  mode: z.enum(CORRECTION_MODES),
  waiting: correctionAnswer.nullable(),
})

export const ownOgRecordAnswer = z.object({
  og: z.object({ id, name: z.string() }),
  facts: z.record(z.enum(OG_FACTS), z.string().nullable()),
  mode: z.enum(CORRECTION_MODES),
  waiting: correctionAnswer.nullable(),
})

export const kitAnswer = z.array(
  z.object({
    owner: z.string().describe('`grappe`, ou l’identifiant de l’OG ou de l’ESMS'),
    ownerName: z.string(),
    model: z.string(),
    title: z.string(),
    missing: z
      .array(z.object({ fact: z.string(), of: z.string().nullable(), place: z.enum(FACT_PLACES) }))
      .describe('Ce que le document montre comme à compléter, et où cela se remplit'),
    byHand: z.array(z.string()).describe('Ce que personne n’a dit au serveur : à écrire dans le document'),
    returned: z
      .object({
        piece: id,
        version: id,
        handedOutAt: instant,
        depositedAt: instant,
        changes: z.array(z.string()),
        seen: z.boolean().describe('Si le porteur a dit que c’est sans conséquence'),
      })
      .nullable()
      .describe(
        'Déposé après une remise, alors que ce qu’il portait a changé depuis : une phrase par différence. ' +
          'Il n’a pas été lu. null quand rien n’a changé',
      ),
  }),
)

export const fileAnswer = z.object({
  id,
  name: z.string(),
  sha256: z.string().length(64),
  size: z.number().int(),
  mediaType: z.string(),
  role: z
    .enum(['document', 'original'])
    .describe('original : une photo qui a donné le document qui la précède'),
  pageCount: z.number().int().nullable().describe('D’un PDF ; null si le nombre de pages n’a pas pu être lu'),
  width: z.number().int().nullable().describe('En pixels, d’une image'),
  height: z.number().int().nullable(),
  signature: z
    .enum(['presente', 'aucune'])
    .nullable()
    .describe(
      'Signature électronique trouvée dans un PDF, jamais vérifiée ; null si rien ne permet de le dire. ' +
        'Une signature manuscrite numérisée est une image : elle ne compte pas ici',
    ),
  scan: z.enum(SCANS).describe('Ce que dit l’antivirus'),
  virus: z.string().nullable(),
  damagedAt: instant
    .nullable()
    .describe(
      'Depuis quand le serveur n’a plus ce fichier tel qu’il a été déposé : à redéposer ; sinon null',
    ),
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
  windows: z
    .array(
      z.object({
        label: z.string().nullable(),
        opensOn: z.string().nullable(),
        closesOn: z.string().nullable(),
      }),
    )
    .describe('Toutes les fenêtres ; opensOn et closesOn sont celles de la fenêtre qui compte aujourd’hui'),
})

export const ownCallSummaryAnswer = z.object({
  id,
  code: z.string(),
  title: z.string(),
  revision: z.number().int(),
  version: z.number().int().nullable().describe('La dernière publiée ; null si aucune ne l’est'),
  changed: z.boolean().describe('Modifié depuis cette version'),
  archived: z.boolean(),
  grappes: z.number().int().describe('Combien y répondent'),
})

export const ownCallAnswer = ownCallSummaryAnswer.extend({
  call: z.record(z.string(), z.unknown()).describe('L’appel, comme dans un fichier'),
  unknownKeys: z.array(z.string()).describe('Champs que cette version ne connaît pas, gardés'),
  missing: z
    .array(z.object({ path: z.string(), sentence: z.string() }))
    .describe('Ce qui manque avant de publier'),
})

export const grappeSummaryAnswer = z.object({
  id,
  name: z.string(),
  callCode: z.string(),
  createdAt: instant,
  archivedAt: instant.nullable(),
})

const contact = {
  contactName: z.string().nullable(),
  contactEmail: z.string().nullable(),
  contactPhone: z.string().nullable(),
}

const ogIdentity = {
  representative: z.string().nullable().describe('Représentant légal'),
  representativeRole: z.string().nullable().describe('Sa fonction'),
  seatAddress: z.string().nullable().describe('Adresse du siège'),
  siren: z.string().nullable().describe('SIREN ou SIRET'),
}

export const ogAnswer = z.object({
  id,
  name: z.string(),
  finessEj: z.string().nullable(),
  ...ogIdentity,
  ...contact,
})

export const esmsAnswer = z.object({
  id,
  ogId: id,
  name: z.string(),
  finess: z.string().nullable(),
  domaine: z.enum(DOMAINES).nullable(),
  projet: z.enum(PROJETS).nullable(),
  solutionId: id.nullable(),
  categorie: z.string().nullable(),
  commune: z.string().nullable(),
  capacite: z.int().nullable().describe('Places autorisées'),
  solutionVersion: z.string().nullable().describe('La version de la solution dans cet établissement'),
  withdrawnOn: day.nullable(),
  ...contact,
})

export const grappeAnswer = z.object({
  id,
  name: z.string(),
  archivedAt: instant.nullable(),
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

const verdictStatus = z
  .enum(['eligible', 'non-eligible', 'a-verifier', 'a-constituer'])
  .describe('a-constituer : aucun membre encore')

export const verdictAnswer = z.object({
  status: verdictStatus,
  criteria: z.array(
    z.object({
      rule: z.string(),
      title: z.string(),
      status: z.enum(['satisfait', 'non-satisfait', 'a-verifier']),
      reason: z.string(),
      esmsIds: z.array(id),
      ogIds: z.array(id),
      remedy: z.string().nullable(),
      provenance: provenanceAnswer.describe('D’où vient la règle'),
      origins: z
        .array(z.object({ names: z.array(z.string()), origin: originAnswer }))
        .describe('D’où viennent les valeurs qu’elle a utilisées ; nommées quand les origines diffèrent'),
    }),
  ),
})

export const marginAnswer = z.object({
  mayLeave: z
    .number()
    .int()
    .nullable()
    .describe('Combien d’ESMS peuvent partir ; null si aucun seuil n’est atteint'),
  counts: z.array(z.object({ rule: z.string(), title: z.string(), mayLeave: z.number().int() })),
  ogDepartures: z.array(z.object({ ogId: id, esmsLeaving: z.number().int(), breaks: z.array(z.string()) })),
  without: verdictAnswer.nullable().describe('Le verdict sans les ESMS du paramètre « sans »'),
})

export const expectedPieceAnswer = z.object({
  pieceId: id.nullable(),
  code: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  owner: z.object({ id: id.nullable(), name: z.string(), finess: z.string().nullable() }),
  required: z.boolean(),
  awaits: z
    .array(z.object({ fact: z.string(), code: z.string().optional() }))
    .describe('Les faits qui diraient si elle est due ; vide quand on le sait'),
  state: z.enum(PIECE_STATES),
  late: z.boolean(),
  deadlineOn: day.nullable(),
  version: versionAnswer.nullable(),
})

const completenessWord = z
  .enum(COMPLETENESSES)
  .describe('a-verifier : rien d’obligatoire ne manque, mais on ne sait pas si d’autres pièces sont dues')

export const boardAnswer = z.object({
  revision: z.number().int(),
  complete: z.boolean(),
  completeness: completenessWord,
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
  isDelegate: z
    .boolean()
    .describe('Contact délégué de cet OG : il gère les contacts et les dépôts de ses ESMS'),
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
  versions: z.array(versionAnswer).describe('Celles qui comptent, la plus ancienne d’abord'),
  takenOut: z
    .array(
      versionAnswer.extend({
        takenOutAt: instant,
        takenOutBy: z.string(),
        movedToPieceId: id
          .nullable()
          .describe('La pièce où le porteur l’a classée, si vous y avez accès ; null sinon'),
      }),
    )
    .describe('Celles qui ont été retirées : elles ne comptent plus'),
})

export const looseFilesAnswer = z.object({
  fichiers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      folders: z.array(z.string()).describe('Les dossiers, l’archive ou le message où il était'),
      size: z.number().int().describe('En octets'),
      keptUntil: z.string().describe('Quand il est effacé s’il n’est pas classé'),
      place: z
        .object({
          pieceId: id,
          pieceName: z.string(),
          ownerName: z.string(),
          replaces: z.number().int().nullable().describe('Numéro de la version qu’il remplacerait'),
        })
        .nullable(),
      reasons: z.array(z.string()).describe('Ce qui a été reconnu, et où'),
      doubt: z.string().nullable().describe('Ce qui est à vérifier avant de le déposer'),
    }),
  ),
})

export const openedAnswer = z.object({
  left: z
    .array(z.object({ name: z.string(), reason: z.string() }))
    .describe('Archives et messages qui n’ont pas pu être ouverts'),
})

export const filedAnswer = z.array(
  z.object({
    pieceId: id,
    version: z.number().int().nullable().describe('null : rien n’a été enregistré'),
    files: z.array(z.string()),
    refused: z.array(z.string()).describe('Pourquoi les autres fichiers n’ont pas été pris'),
  }),
)

export const takenOutAnswer = z.object({
  version: versionAnswer
    .nullable()
    .describe('La version qui compte maintenant ; null s’il n’en reste aucune'),
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

export const undoneAnswer = z.object({
  undone: z.array(z.object(chosenVersion)),
  kept: z.array(
    z.object({
      ...chosenVersion,
      reason: z
        .enum(['scellee', 'redecidee'])
        .describe('Une version scellée la contient, ou elle a été décidée de nouveau ou remplacée'),
    }),
  ),
})

export const receivedAnswer = z.object({
  pieceId: id,
  version: versionAnswer,
  alreadyReceived: z.boolean().describe('Les mêmes fichiers étaient déjà déposés : aucune nouvelle version'),
  refused: z.array(z.object({ name: z.string(), code: z.string(), reason: z.string() })),
  sameBytes: z
    .array(z.object({ fileName: z.string(), pieceId: id }))
    .describe(
      'Documents de ce dépôt qu’une autre pièce, parmi celles que vous voyez, contient à l’identique',
    ),
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

const heldAnswer = z
  .object({ by: z.enum(['destinataire', 'porteur', 'serveur']), until: instant })
  .nullable()
  .describe('La limite d’un jour qui le fait attendre, et jusqu’à quand ; null : aucune')

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
      handSentAt: instant.nullable().describe('Quand le porteur a dit l’avoir envoyé lui-même'),
      bouncedAt: instant.nullable().describe('Quand le serveur de messagerie l’a refusé pour de bon'),
      failure: z.string().nullable(),
      held: heldAnswer,
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
  handSentAt: instant.nullable().describe('Quand le porteur a dit l’avoir envoyé lui-même'),
  failure: z.string().nullable(),
  held: heldAnswer,
})

export const journalAnswer = z.array(
  z.object({
    at: instant,
    actor: z.string(),
    proof: z
      .enum(PROOFS)
      .nullable()
      .describe('Ce que l’auteur avait prouvé ; null pour les lignes d’avant le classement'),
    kind: z
      .string()
      .describe('L’acte, comme « piece-deposited » ; « unknown » pour les lignes d’avant le classement'),
    facts: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('Ce que la phrase dit, et ce dont elle parle'),
    event: z.string().describe('Une phrase'),
  }),
)

export const registryAnswer = z.object({
  registry: z
    .object({ format: z.enum(['csv', 'finess-plus']), dataOn: day.nullable() })
    .nullable()
    .describe('Date des données ; null quand aucun registre n’est chargé'),
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

export const colleagueAnswer = z.object({
  id: z.uuid(),
  email: z.string(),
  role: z.enum(ROLES),
  invitedBy: z.string().nullable().describe('Par qui ; null : la première personne'),
  invitedAt: instant,
  joinedAt: instant.nullable().describe('Sa première connexion ; null tant qu’elle n’est pas venue'),
})

export const sessionAnswer = z.object({
  id: z.uuid(),
  browser: z.string().describe('« Firefox sur Windows »'),
  address: z.string().nullable().describe('Adresse IP d’où elle a été ouverte'),
  openedAt: instant,
  seenAt: instant.describe('Vue en dernier, à quelques minutes près'),
  expiresAt: instant,
})

export const issuedTokenAnswer = z.object({
  token: z.string().describe('À garder secret : il n’est montré qu’une fois'),
  expiresAt: instant,
})

const pieceChangeAnswer = z.object({
  ownerName: z.string(),
  pieceName: z.string(),
  from: z.number().int().nullable(),
  to: z.number().int().nullable(),
})

export const sealAnswer = z.object({
  version: z.number().int(),
  state: z.enum(['verification', 'scelle', 'refuse']),
  name: z.string().describe('Des fichiers, sans extension'),
  complete: z.boolean(),
  completeness: completenessWord,
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
      completeness: z.object({ from: completenessWord, to: completenessWord }).nullable().optional(),
    })
    .nullable()
    .describe('Depuis la version scellée précédente'),
})

export const sealedFilesAnswer = z.object({
  version: z.number().int(),
  name: z.string().nullable().describe('null : la grappe a été effacée'),
  sealedAt: z.string(),
  erasedAt: z
    .string()
    .nullable()
    .describe('Quand les noms et les fichiers ont été effacés ; null : ils sont là'),
  seal: z.string(),
  zipBytes: z.number().int(),
  zipSha256: z.string().nullable(),
  files: z.array(
    z.object({ path: z.string().nullable(), sha256: z.string(), size: z.number().int().nullable() }),
  ),
})

const provedAnswer = z
  .object({
    email: z.string(),
    proof: z.enum(REVIEWER_PROOFS),
    service: z.string().nullish().describe('Le service dont l’auteur est membre, s’il lisait à ce titre'),
  })
  .nullish()
  .describe(
    'Ce que l’auteur a prouvé : avoir reçu à cette adresse un code, ou un lien de connexion ' +
      '(`session`), ou être reconnu par ProConnect ou par un autre fournisseur (`oidc`)',
  )

export const reviewAnswer = z.object({
  pieceId: id,
  pieceName: z.string(),
  ownerName: z.string(),
  versionId: id.nullable().describe('Le dépôt lu ; null si la pièce était absente'),
  versionNumber: z.number().int().nullable(),
  sealNumber: z.number().int().describe('La version scellée lue'),
  decision: z
    .enum(['conforme', 'complement', 'a-examiner'])
    .describe('`a-examiner` : l’ARS revient sur « conforme »'),
  motive: z.string().nullable(),
  deadlineOn: day.nullable(),
  actor: z.string(),
  proved: provedAnswer,
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
  proved: provedAnswer,
  at: instant,
})

const signingFacts = z.object({
  step: z.enum(SIGNING_STEPS),
  on: z.string().nullable().describe('Jour de l’envoi, ou de la signature'),
  signatory: z.string().nullable().describe('Qui signe, comme cela a été écrit'),
  notedBy: z.string(),
  notedAt: instant,
})

export const signingsAnswer = z.array(
  z.object({
    piece: id,
    code: z.string(),
    name: z.string(),
    owner: z.object({ id: id.nullable(), name: z.string() }),
    asked: z.string().describe('Qui doit signer, d’après l’appel'),
    step: z
      .enum([...SIGNING_STEPS, 'rendue'])
      .describe('rendue : une version est déposée et n’est pas refusée ; cela ne dit pas qu’elle est signée'),
    noted: signingFacts.nullable().describe('Ce qui a été noté en dernier ; null si cela ne tient plus'),
    returned: z
      .object({ number: z.int(), depositedAt: instant, depositedBy: z.string() })
      .nullable()
      .describe('La version rendue'),
    found: z
      .enum(['presente', 'aucune'])
      .nullable()
      .describe('Signature électronique trouvée dans la version rendue, jamais vérifiée'),
  }),
)

export const notedAnswer = z.object({ noted: z.int().describe('Combien n’étaient pas déjà notées ainsi') })

const givenAnswer = z.object({
  answer: answerContract.nullable().describe('null : sans réponse'),
  revision: z.int(),
  by: z.string().nullable(),
  at: z.iso.datetime().nullable(),
})

/** A form as it is answered on screen. */
export const formAnswer = z.object({
  form: z.string(),
  title: z.string(),
  owner: z.string(),
  introduction: z.string(),
  revision: z.int().describe('De toutes les réponses : ce que le dépôt demande'),
  answered: z.int(),
  asked: z.int(),
  closed: z.string().nullable().describe('Pourquoi rien ne s’écrit ; null quand tout s’écrit'),
  deposited: z.object({ changed: z.int() }).nullable().describe('Ce qui a changé depuis le dépôt'),
  fields: z.array(
    givenAnswer.extend({
      field: z.string(),
      part: z.string().nullable(),
      question: z.string(),
      label: z.string().nullable(),
      kind: fieldKindContract,
      words: z.string(),
    }),
  ),
  former: z
    .array(givenAnswer.extend({ field: z.string(), question: z.string(), words: z.string() }))
    .describe('Réponses à des questions qui ne sont plus posées'),
})

/** What became of answers that were sent. */
export const keptAnswersAnswer = z.object({
  saved: z.array(givenAnswer.extend({ field: z.string() })),
  refused: z.array(z.object({ field: z.string(), message: z.string() })),
  conflicts: z.array(givenAnswer.extend({ field: z.string() })).describe('Ce que l’autre a répondu'),
})

const serviceMemberAnswer = z.object({
  id,
  email: z.string(),
  administers: z.boolean(),
  invitedBy: z.string().nullable().describe('Null pour qui a créé le service'),
  invitedAt: instant,
  joinedAt: instant.nullable().describe('Null tant que l’invitation est sans réponse'),
})

export const serviceAnswer = z.object({
  service: z
    .object({
      name: z.string(),
      members: z.array(serviceMemberAnswer),
      invited: z.array(serviceMemberAnswer),
    })
    .nullable(),
  invitations: z
    .array(
      z.object({
        id,
        service: z.string(),
        invitedBy: z.string(),
        invitedAt: instant,
        readers: z.array(z.string()).describe('Qui lirait vos dossiers, et dont vous liriez les leurs'),
      }),
    )
    .describe('Celles qui vous attendent'),
})

export const handedDossierAnswer = z.object({
  grappeId: id,
  name: z.string(),
  handedTo: z.string().describe('L’adresse à laquelle le porteur l’a remis'),
  porteurName: z.string().nullable(),
  callTitle: z.string(),
  region: z.string().nullable(),
  seal: z
    .object({
      number: z.number().int(),
      sealedAt: instant,
      complete: z.boolean(),
      verdict: verdictStatus,
      members: z.number().int(),
      pieces: z.number().int(),
      missing: z.number().int().describe('Obligatoires absentes'),
      toExamine: z.number().int(),
    })
    .nullable()
    .describe('La dernière version scellée'),
  isNew: z.boolean(),
  opinion: opinionAnswer.nullable(),
  isAsked: z.boolean().describe('Un complément est demandé sur cette version'),
  assignment: z
    .object({ email: z.string(), by: z.string(), at: instant })
    .nullable()
    .describe('À qui le service l’a attribué'),
})
