import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GOVERNANCE_PARTS } from '../../server/domain/governance/governance.ts'
import { type Act, type ActKind, type FactsOf, sentenceOf } from '../../server/domain/journal/entry.ts'
import { MISSED_REASONS, RELANCE_KINDS } from '../../server/domain/relance.ts'
import { AVIS } from '../../server/domain/review.ts'
import { ROLES } from '../../server/domain/role.ts'
import { SIGNING_STEPS } from '../../server/domain/signing.ts'
import { OUTCOMES } from '../../server/domain/submission.ts'

const id = fc.uuid()
/** Without the letters of « undefined » and « null », which are looked for. */
const name = fc.stringMatching(/^[A-K][a-kéè ]{2,9}$/)
const names = fc.array(name, { minLength: 1, maxLength: 3 })
const memberIds = fc.array(id, { maxLength: 3 })
const number = fc.integer({ min: 1, max: 99 })
const day = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2040-12-31'), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 10))
const orNull = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null })

const member = { memberIds, name }
const solution = { solutionId: id, name }
const piece = { memberIds, pieceId: id, pieceName: name, ownerName: name }
const version = { ...piece, versionId: id, number }
const seal = { sealId: id, sealNumber: number }
const anySeal = orNull(fc.record(seal))
const failed = fc.record({ ...seal, failure: name })
const link = fc.record({ memberIds, linkId: id, label: name })
const calendar = fc.record({ memberIds, label: name })
const contact = fc.record({ memberIds, email: name, ownerName: name })
const mail = fc.record({ email: name })
const role = fc.constantFrom(...ROLES)
const nothing = fc.constant({})
const moreTime = fc.record({
  memberIds,
  deadlineOn: day,
  motive: name,
  pieces: number,
  pieceName: orNull(name),
  ownerNames: names,
})

/** The compiler sees to it that no kind is left out. */
const FACTS: { [Kind in ActKind]: fc.Arbitrary<FactsOf<Kind>> } = {
  'grappe-created': fc.record({ name, callTitle: name }),
  'grappe-renamed': fc.record({ before: name, after: name }),
  'grappe-copied-from': fc.record({
    fromId: name,
    name,
    ogs: number,
    members: number,
    contacts: number,
    solutions: number,
    answers: number,
  }),
  'grappe-copied-to': fc.record({ toId: name, name, callTitle: name }),
  'retention-changed': fc.record({ before: orNull(number), after: orNull(number) }),
  'erasure-held': fc.record({ motive: name }),
  'erasure-released': nothing,
  'erasure-warned': fc.record({ rank: fc.constantFrom(1 as const, 2 as const), erasesOn: day }),
  'deletion-asked': fc.record({ deletesOn: day }),
  'deletion-cancelled': nothing,
  'account-deletion-asked': fc.record({ deletesOn: day }),
  'account-deletion-cancelled': nothing,
  'person-erased': fc.record({ journalLines: number, places: number }),
  'grappe-erased': fc.record({
    cause: fc.constantFrom('conservation' as const, 'suppression' as const, 'compte' as const),
  }),
  'service-reads': fc.record({ service: name, people: number }),
  'service-reads-no-more': fc.record({ service: name }),
  'grappe-archived': fc.constant({}),
  'grappe-taken-back': fc.constant({}),
  'sharing-key-kept': fc.record({ sentences: names }),
  'governance-kept': fc.record({ part: fc.constantFrom(...GOVERNANCE_PARTS), changes: names }),
  'og-added': fc.record(member),
  'og-corrected': fc.record(member),
  'og-removed': fc.record(member),
  'member-added': fc.record(member),
  'member-corrected': fc.record(member),
  'members-edited': fc.record({
    memberIds,
    changes: fc.array(fc.record({ words: name, members: number })),
  }),
  'member-withdrawn': fc.record({ ...member, motive: name }),
  'member-reinstated': fc.record(member),
  'members-imported': fc.record({ memberIds, members: number, ogs: number }),
  'solution-added': fc.record(solution),
  'solution-corrected': fc.record(solution),
  'solution-chosen': fc.record(solution),
  'solutions-imported': fc.record({ added: number, updated: number }),
  'solutions-merged': fc.record({
    before: fc.record(solution),
    after: fc.record(solution),
    memberIds,
  }),
  'declarations-updated': fc.record({ memberIds, basis: name }),
  'declarations-answered': fc.record({
    memberIds,
    name,
    answers: fc.array(fc.record({ title: name, answer: fc.boolean() })),
  }),
  'correction-applied': fc.record({ memberIds, name, changes: fc.array(name) }),
  'correction-proposed': fc.record({ memberIds, name, changes: fc.array(name) }),
  'correction-withdrawn': fc.record({ memberIds, name, changes: fc.array(name) }),
  'correction-accepted': fc.record({ memberIds, name, changes: fc.array(name) }),
  'correction-declined': fc.record({ memberIds, name, changes: fc.array(name), motive: name }),
  'correction-mode-set': fc.record({ mode: fc.constantFrom('proposees' as const, 'appliquees' as const) }),
  'call-value-reported': fc.record({ path: name, name, before: name, after: name, basis: name }),
  'call-value-taken-back': fc.record({ path: name, name, before: name, after: name }),
  'call-adapted': fc.record({ adaptationId: name, title: name, details: fc.array(name), basis: name }),
  'adaptation-undone': fc.record({ adaptationId: name, title: name }),
  'call-version-taken': fc.record({ number: fc.option(number), taken: fc.array(name), left: fc.array(name) }),
  'piece-deposited': fc.record(
    { ...version, files: number, answered: fc.constant(true as const) },
    { requiredKeys: ['pieceId', 'memberIds', 'pieceName', 'ownerName', 'versionId', 'number', 'files'] },
  ),
  'form-answered': fc.record(piece),
  'file-taken-out': fc.record({ ...version, fileName: name, files: number }),
  'version-taken-out': fc.record(version),
  'version-moved': fc.record({ ...version, toPieceName: name, toOwnerName: name, toNumber: number }),
  'version-moved-in': fc.record({ ...version, fromPieceName: name, fromOwnerName: name }),
  'closing-moved': fc.record({ before: orNull(day), after: orNull(day), basis: name }),
  'opening-moved': fc.record({ before: orNull(day), after: orNull(day) }),
  'deadline-moved': fc.record({
    pieceCode: name,
    pieceName: name,
    before: orNull(day),
    after: orNull(day),
  }),
  'extension-granted': moreTime,
  'piece-reopened': moreTime,
  'reminders-set': fc.record({ days: fc.array(number, { maxLength: 4 }), hasIntro: fc.boolean() }),
  'reminders-paused': nothing,
  'reminders-resumed': nothing,
  'reminders-written': fc.record({
    memberIds,
    people: fc.array(fc.record({ email: name, kind: fc.constantFrom(...RELANCE_KINDS), pieces: number })),
  }),
  'reminders-missed': fc.record({
    memberIds,
    people: fc.array(
      fc.record({
        email: name,
        kind: fc.constantFrom(...RELANCE_KINDS),
        dueOn: day,
        why: fc.constantFrom(...MISSED_REASONS),
      }),
    ),
  }),
  'reminder-withdrawn': mail,
  'digest-written': mail,
  'mails-sent-by-hand': fc.record({ emails: names }),
  'mails-not-sent-by-hand': fc.record({ emails: names }),
  'colleague-invited': fc.record({ email: name, role }),
  'colleague-role-changed': fc.record({ email: name, before: role, after: role }),
  'colleague-removed': mail,
  'colleague-left': mail,
  'sessions-ended': fc.record({ email: name, sessions: number }),
  'deposits-announced': fc.record({ email: name, deposits: number }),
  'changes-seen': fc.record({ ...piece, changes: names }),
  'own-model-taken': fc.record({ model: name, title: name, fileName: name, sha256: name }),
  'own-model-ended': fc.record({ model: name, title: name, fileName: name }),
  'piece-accepted': fc.record(version),
  'acceptance-undone': fc.record(version),
  'piece-refused': fc.record({ ...version, motive: name }),
  'piece-found-clean': fc.record(version),
  'non-applicable-asked': fc.record({ ...piece, reason: name }),
  'non-applicable-declared': fc.record({ ...piece, reason: name }),
  'non-applicable-confirmed': fc.record(piece),
  'non-applicable-declined': fc.record({ ...piece, motive: name }),
  'message-written': fc.record(piece),
  'signature-noted': fc.record({
    ...piece,
    step: fc.constantFrom(...SIGNING_STEPS),
    on: orNull(day),
    signatory: orNull(name),
  }),
  'file-damaged': fc.record({ ...version, fileName: name }),
  'file-mended': fc.record({ ...version, fileName: name }),
  'seal-frozen': fc.record({ ...seal, complete: fc.boolean(), deposits: number, hash: name }),
  'seal-finished': fc.record({ ...seal, hash: name }),
  'seal-refused': failed,
  'seal-rechecked': fc.record(seal),
  'seal-damaged': failed,
  'reading-drawn': fc.record(seal),
  'reading-failed': failed,
  'piece-found-conforming': fc.record({ ...version, ...seal }),
  'conforming-withdrawn': fc.record({ ...version, ...seal }),
  'complement-asked': fc.record({
    ...piece,
    ...seal,
    number: orNull(number),
    newer: orNull(number),
    deadlineOn: day,
    motive: name,
  }),
  'opinion-given': fc.record({ ...seal, avis: fc.constantFrom(...AVIS), note: orNull(name) }),
  'dossier-opened': fc.record({ seal: anySeal }),
  'dossier-downloaded': fc.record({ seal: anySeal, what: name }),
  'submission-step-done': fc.record({ step: name, place: orNull(name), on: day, reference: orNull(name) }),
  'submission-step-undone': fc.record({ step: name }),
  'award-noted': fc.record({
    outcome: fc.constantFrom(...OUTCOMES),
    on: day,
    reference: orNull(name),
    cents: orNull(number),
  }),
  'award-withdrawn': nothing,
  'follow-up-noted': fc.record({
    title: name,
    dueOn: orNull(day),
    doneOn: orNull(day),
    reference: orNull(name),
    cents: orNull(number),
  }),
  'follow-up-removed': fc.record({ title: name }),
  'follow-up-piece-kept': fc.record({ name, dueOn: orNull(day) }),
  'follow-up-piece-removed': fc.record({ name }),
  'link-sent': fc.record({ memberIds, linkId: id, email: name, ownerNames: names }),
  'link-shown': link,
  'reading-link-issued': link,
  'link-replaced': fc.record({ memberIds, linkId: id, newLinkId: id, label: name }),
  'link-revoked': link,
  'link-end-moved': fc.record({ memberIds, linkId: id, label: name, before: day, after: day }),
  'calendar-issued': calendar,
  'calendar-replaced': calendar,
  'calendar-revoked': calendar,
  'contact-added': contact,
  'contact-removed': contact,
  'delegate-named': fc.record({ memberIds, email: name, ownerName: name, replaced: fc.option(name) }),
  'delegation-ended': contact,
  'phone-changed': fc.record({ memberIds, email: name }),
  'phone-erased': fc.record({ memberIds, email: name }),
  'code-locked': fc.record({ minutes: number }),
}

const KINDS = Object.keys(FACTS) as ActKind[]

const said = 'Charte signée'
const onPiece = { memberIds: [], pieceId: '', pieceName: said, ownerName: 'EHPAD Les Lilas' }
const onVersion = { ...onPiece, versionId: '', number: 2 }
const onSeal = { sealId: '', sealNumber: 3 }

describe('a line of the journal', () => {
  it.each<[string, Act]>([
    [
      '« Charte signée » déposée, version 2 (1 fichier).',
      { kind: 'piece-deposited', facts: { ...onVersion, files: 1 } },
    ],
    [
      '« Charte signée » de EHPAD Les Lilas, version 2, refusée. Motif : illisible.',
      { kind: 'piece-refused', facts: { ...onVersion, motive: 'illisible.' } },
    ],
    [
      'Clôture de l’appel : mardi 15 septembre 2026 (avant : non connue).',
      { kind: 'closing-moved', facts: { before: null, after: '2026-09-15' } },
    ],
    [
      'Dernier jour de « Charte signée » : celui de l’appel (avant : lundi 31 août 2026).',
      {
        kind: 'deadline-moved',
        facts: { pieceCode: '', pieceName: said, before: '2026-08-31', after: null },
      },
    ],
    [
      'Dépôt rouvert jusqu’au jeudi 1er octobre 2026 : 2 pièces de EHPAD Les Lilas. Motif : siège.',
      {
        kind: 'piece-reopened',
        facts: {
          memberIds: [],
          deadlineOn: '2026-10-01',
          motive: 'siège.',
          pieces: 2,
          pieceName: null,
          ownerNames: ['EHPAD Les Lilas'],
        },
      },
    ],
    [
      'Complément demandé par l’ARS sur « Charte signée » de EHPAD Les Lilas, ' +
        'absente (version 3 du dossier), à déposer jusqu’au vendredi 2 octobre 2026. ' +
        'Motif : absente. La version 1 était déjà déposée.',
      {
        kind: 'complement-asked',
        facts: {
          ...onPiece,
          ...onSeal,
          number: null,
          newer: 1,
          deadlineOn: '2026-10-02',
          motive: 'absente.',
        },
      },
    ],
    [
      'Dossier, sans version scellée, : ZIP téléchargé par l’ARS.',
      { kind: 'dossier-downloaded', facts: { seal: null, what: 'ZIP' } },
    ],
    [
      'Avis de l’ARS sur la version 3 du dossier : recevable.',
      { kind: 'opinion-given', facts: { ...onSeal, avis: 'recevable', note: null } },
    ],
  ])('says %s', (sentence, act) => {
    expect(sentenceOf(act)).toBe(sentence)
  })

  it('keeps its sentence when it was recorded before acts had kinds', () => {
    expect(sentenceOf({ kind: 'unknown', event: 'Grappe créée.' })).toBe('Grappe créée.')
  })

  it.each(KINDS)('%s is told by one sentence, whatever its facts, with nothing left blank', kind => {
    const acts: fc.Arbitrary<FactsOf<ActKind>> = FACTS[kind]
    fc.assert(
      fc.property(acts, facts => {
        const sentence = sentenceOf({ kind, facts } as Act)
        expect(sentence).toMatch(/^\S/)
        expect(sentence.length).toBeGreaterThan(10)
        expect(sentence).not.toMatch(/undefined|null|NaN|\[object/)
      }),
    )
  })

  it('is drawn from facts that a database keeps as they are', () => {
    for (const kind of KINDS) {
      const [facts] = fc.sample<FactsOf<ActKind>>(FACTS[kind], 1)
      const kept = { kind, facts: JSON.parse(JSON.stringify(facts)) } as Act
      expect(sentenceOf(kept)).toBe(sentenceOf({ kind, facts } as Act))
    }
  })
})

it('tells who a link answers for by five names at most, and how many more', () => {
  const sent = (count: number) =>
    sentenceOf({
      kind: 'link-sent',
      facts: {
        memberIds: [],
        linkId: 'a',
        email: 'siege@exemple.fr',
        ownerNames: Array.from({ length: count }, (_, i) => `EHPAD ${i + 1}`),
      },
    }).replaceAll('\u00a0', ' ')
  expect(sent(2)).toBe('Lien de dépôt envoyé à siege@exemple.fr pour « EHPAD 1 », « EHPAD 2 ».')
  expect(sent(6)).toContain('« EHPAD 6 ».')
  expect(sent(200)).toMatch(/« EHPAD 5 » et 195 autres membres\.$/)
})
