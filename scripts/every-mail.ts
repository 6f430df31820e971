/** Every mail that the product writes, each with its subject, on one page to be looked at. */
import type { DatesAhead, OwedPiece } from '../server/domain/relance.ts'
import type { MailTexts } from '../server/steps/ports.ts'
import { mailTexts } from '../templates/mails/index.ts'

const GRAPPE = 'Grappe des trois vallées'
const CALL = 'ESMS numérique 2026, Occitanie'
const OWNER = 'EHPAD Les Jardins de l’Abbaye Notre-Dame'
const PIECE = 'État des lieux et prérequis'
const ADDRESS = 'https://grappe.exemple.fr/esms/lien/pieces/piece'
const HASH = '3f0c'.repeat(16)

const ahead: DatesAhead = {
  pieces: 3,
  nearestOn: '2026-07-01',
  dueFirst: 2,
  closesOn: '2026-07-16',
  questions: 4,
}
const about = { grappe: GRAPPE, owner: OWNER, piece: PIECE, address: ADDRESS }
const complements = {
  grappe: GRAPPE,
  call: CALL,
  reviewer: 'Jeanne Faure, ARS Occitanie',
  deadlineOn: '2026-08-14',
  requests: [{ owner: OWNER, piece: PIECE, motive: 'La page 3 manque.' }],
}
const moved = {
  grappe: GRAPPE,
  contactName: 'Claire Martin',
  motive: 'Panne de réseau <du 12 au 14> juin.',
  deadlineOn: '2026-07-10',
  pieces: [{ pieceId: 'piece', name: PIECE, ownerName: OWNER }],
}
const owed: readonly OwedPiece[] = [
  {
    pieceId: 'piece',
    name: PIECE,
    ownerName: OWNER,
    deadlineOn: '2026-06-20',
    pressingOn: '2026-07-16',
    redo: true,
    motive: 'La signature manque.',
  },
  {
    pieceId: 'autre',
    name: 'Lettre d’engagement',
    ownerName: 'SSIAD du Val',
    deadlineOn: '2026-07-01',
    pressingOn: '2026-07-01',
    redo: false,
    motive: null,
  },
]

/** One of each: the compiler sees to it that none is left out. */
const SAMPLES: { [Name in keyof MailTexts]: Parameters<MailTexts[Name]> } = {
  signIn: [],
  linksRenewed: [
    {
      grappe: GRAPPE,
      why: 'cle',
      mailed: 12,
      byHand: [OWNER],
      calendars: ['Claire Martin'],
      address: ADDRESS,
    },
  ],
  tokenEnded: [{ label: 'Tableur de la direction', address: ADDRESS }],
  everythingRevoked: [
    {
      by: 'porteuse@exemple.fr',
      sessions: 2,
      tokens: 1,
      links: 14,
      calendars: 1,
      renews: true,
      signIn: 'https://grappe.exemple.fr/connexion',
    },
  ],
  erasureWarning: [{ grappe: GRAPPE, call: CALL, rank: 1, erasesOn: '2028-07-16', address: ADDRESS }],
  accountDeletionAsked: [
    { by: 'porteuse@exemple.fr', grappes: [GRAPPE], deletesOn: '2026-08-14', address: ADDRESS },
  ],
  accountDeletionCancelled: [{ by: 'porteuse@exemple.fr' }],
  deletionAsked: [{ grappe: GRAPPE, by: 'porteuse@exemple.fr', deletesOn: '2026-08-14', address: ADDRESS }],
  colleagueInvited: [
    {
      by: 'porteuse@exemple.fr',
      role: 'contrôler',
      grappes: [GRAPPE],
      days: 7,
      signIn: 'https://grappe.exemple.fr/connexion',
    },
  ],
  passkeyChanged: [
    {
      name: 'Ordinateur du bureau',
      added: true,
      at: '2026-06-01T10:00:00.000Z',
      passkeys: ADDRESS,
      sessions: ADDRESS,
    },
  ],
  delegateNamed: [
    { grappe: GRAPPE, call: CALL, og: OWNER, by: OWNER, contactName: 'Mme Costa', esms: ['SSIAD du Val'] },
  ],
  delegationEnded: [
    {
      grappe: GRAPPE,
      call: CALL,
      og: OWNER,
      contactName: null,
      successor: 'm.costa@exemple.fr',
      still: ['SSIAD du Val'],
    },
  ],
  invitation: [
    {
      grappe: GRAPPE,
      call: CALL,
      owners: [OWNER, 'SSIAD du Val'],
      contactName: null,
      ahead,
      replaces: false,
    },
  ],
  reviewer: [{ grappe: GRAPPE, call: CALL, seal: { number: 2, completeness: 'a-verifier', hash: HASH } }],
  sealedVersion: [{ grappe: GRAPPE, call: CALL, number: 3, completeness: 'complet', hash: HASH }],
  pieceRefused: [{ ...about, motive: 'La signature manque.\nLa page 3 aussi.', by: 'le porteur' }],
  messages: [{ ...about, messages: [{ author: 'Claire Martin', text: 'Faut-il l’annexe ?' }] }],
  nonApplicableAsked: [{ ...about, askedBy: 'Claire Martin', reason: 'Pas d’hébergement.' }],
  nonApplicableRefused: [{ ...about, motive: 'L’appel la demande à tous.' }],
  receipt: [
    {
      address: ADDRESS,
      receipt: {
        grappeName: GRAPPE,
        callTitle: CALL,
        ownerName: OWNER,
        fictional: false,
        pieceId: 'piece',
        versionId: 'version',
        pieceName: PIECE,
        versionNumber: 2,
        depositedAt: '2026-06-12T09:30:00.000Z',
        depositedBy: 'Claire Martin',
        timeZone: 'Europe/Paris',
        received: [
          {
            name: 'état des lieux signé.pdf',
            size: 1_240_000,
            sha256: HASH,
            mediaType: 'application/pdf',
            originals: [],
          },
        ],
        kept: [
          {
            name: 'plan.pdf',
            size: 310_000,
            sha256: HASH,
            mediaType: 'application/pdf',
            originals: [],
          },
        ],
      },
    },
  ],
  confirmationCode: [{ code: '204 816', purpose: 'contacts', minutes: 10 }],
  reviewerSignIn: [],
  dossiersAssigned: [
    {
      service: 'ARS Corse – numérique',
      assignedBy: 'a.rossi@ars.invalid',
      dossiers: [GRAPPE, 'Grappe du Nebbio'],
      address: ADDRESS,
    },
  ],
  serviceInvitation: [
    {
      service: 'ARS Corse – numérique',
      invitedBy: 'a.rossi@ars.invalid',
      readers: ['a.rossi@ars.invalid', 'c.paoli@ars.invalid'],
      address: ADDRESS,
    },
  ],
  complement: [{ ...complements, name: 'Claire Martin' }],
  complementToPorteur: [
    { ...complements, told: 1, unreachable: ['SSIAD du Val'], own: false, sends: true, address: ADDRESS },
  ],
  opinion: [
    {
      grappe: GRAPPE,
      call: CALL,
      reviewer: 'Jeanne Faure, ARS Occitanie',
      sealNumber: 2,
      avis: 'favorable avec réserves',
      note: 'Précisez le calendrier.',
      proved: { email: 'jeanne.faure@exemple.fr', proof: 'code' },
      address: ADDRESS,
    },
  ],
  relance: [
    {
      grappe: GRAPPE,
      call: CALL,
      contactName: 'Claire Martin',
      intro: 'Plus que quelques jours !',
      kind: 'J-7',
      dueOn: '2026-06-24',
      today: '2026-06-24',
      pieces: owed,
      answers: [{ esmsId: 'esms', ownerName: OWNER, questions: 4 }],
    },
  ],
  extensionGranted: [moved],
  pieceReopened: [moved],
  deposits: [
    {
      grappe: GRAPPE,
      board: ADDRESS,
      deposits: [{ ownerName: OWNER, pieceName: PIECE, number: 1, by: 'Claire Martin' }],
    },
  ],
  digest: [
    {
      grappe: GRAPPE,
      board: ADDRESS,
      today: '2026-06-22',
      ahead,
      deposits: 12,
      toControl: 5,
      late: 1,
      owing: [{ ownerName: OWNER, missing: 2, late: 1, questions: 3 }],
    },
  ],
}

const SENDER = {
  grappeName: GRAPPE,
  ogId: 'og',
  ogName: 'Association des trois vallées',
  contactName: 'Paul Garnier',
  contactPhone: '05 61 00 00 00',
  email: 'paul.garnier@exemple.fr',
}

/** Written to the porteur, or about no grappe: the server signs. */
const BY_SERVER: ReadonlySet<keyof MailTexts> = new Set([
  'signIn',
  'passkeyChanged',
  'colleagueInvited',
  'nonApplicableAsked',
  'confirmationCode',
  'reviewerSignIn',
  'complementToPorteur',
  'opinion',
  'deposits',
  'digest',
])

/** One HTML page: each subject above its mail, in a frame of its own as mailboxes show it. */
export function everyMailPage(): string {
  const mails = (Object.keys(SAMPLES) as Array<keyof MailTexts>).map(name => {
    const write = mailTexts[name] as (...about: unknown[]) => ReturnType<MailTexts['signIn']>
    const { subject, signedBy } = write(...SAMPLES[name])
    const { html } = signedBy(BY_SERVER.has(name) ? null : SENDER)
    return `<h2>${escaped(subject)}</h2><iframe title="${name}" srcdoc="${escaped(html)}"></iframe>`
  })
  return `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Messages</title>
<meta name="color-scheme" content="light dark"><style>
body{font-family:system-ui;margin:16px}h2{font-size:17px}iframe{width:100%;border:1px solid #888;height:200px}
</style></head><body>${mails.join('\n')}</body></html>`
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
