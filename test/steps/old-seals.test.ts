/** Versions sealed before lists of dossiers read figures of them: the migrations draw these from their plans. */
import { expect, it } from 'vitest'
import { openPglite } from '../../server/adapters/database.ts'
import type { DossierPlan } from '../../server/domain/dossier-plan.ts'
import { sealFigures } from '../../server/domain/seal.ts'
import { databaseBefore } from '../support/older-database.ts'

const GRAPPE = '5a1c9e3d-2b4f-4a6c-8d7e-9f0a1b2c3d4e'
const PORTEUR = '6b1c9e3d-2b4f-4a6c-8d7e-9f0a1b2c3d4e'
/** The n-th piece, version, review or seal. */
const nth = (kind: string, n: number) => `${kind.repeat(8)}-0000-4000-8000-${String(n).padStart(12, '0')}`
const piece = (n: number) => nth('a', n)
const version = (n: number) => nth('b', n)
const row = (n: number, paths: readonly string[] = [`Pièce ${n}.pdf`]) => ({
  pieceId: piece(n),
  version: { id: version(n), number: 1 },
  paths,
})
/** What figures are drawn from: a missing piece, a line that is no piece, one whose file is not in the ZIP. */
const PLAN = {
  porteurName: 'L’association « des Lilas »',
  verdict: { status: 'eligible' },
  members: [{ withdrawnOn: null }, { withdrawnOn: '2026-05-01' }, { withdrawnOn: null }],
  gaps: [{ required: true }, { required: false }, { required: true }],
  rows: [
    row(3),
    { pieceId: piece(9), version: null, paths: [] },
    row(1),
    { pieceId: null, version: null, paths: [] },
    row(4),
    row(2),
    row(8, []),
  ],
} as unknown as DossierPlan
const BARE = {
  ...PLAN,
  porteurName: null,
  verdict: { status: 'non-eligible' },
  members: [],
  gaps: [],
  rows: [],
} as unknown as DossierPlan

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const sealed = (n: number, plan: DossierPlan) =>
  `(${quoted(nth('c', n))}, ${quoted(GRAPPE)}, ${n}, 'scelle', '2026-05-0${n}T08:00:00Z', 'porteuse',
    ${quoted(JSON.stringify(plan))}, false, 'h${n}', 0, 0)`
const said = (id: number, of: number, decision: string, at: string) =>
  `(${quoted(nth('d', id))}, ${quoted(GRAPPE)}, ${quoted(piece(of))}, ${quoted(version(of))},
    ${quoted(nth('c', 1))}, '${decision}', 'Instructrice', '${at}')`

it('has the figures of each version, and what is left to examine in it, as a seal of today would', async () => {
  const numbers = [1, 2, 3, 4, 8]
  const client = await databaseBefore(
    '0039_seal-figures',
    `insert into porteurs values ('${PORTEUR}', 'porteuse@exemple.fr', '2026-05-01T08:00:00Z');
     insert into grappes (id, porteur_id, name, call_code, call, created_at)
       values ('${GRAPPE}', '${PORTEUR}', 'Grappe', 'essai', '{}', '2026-05-01T08:00:00Z');
     insert into pieces (id, grappe_id, code, scope) values
       ${numbers.map(n => `('${piece(n)}', '${GRAPPE}', 'piece-${n}', 'grappe')`).join()};
     insert into versions (id, piece_id, number, deposited_at, deposited_by) values
       ${numbers.map(n => `('${version(n)}', '${piece(n)}', 1, '2026-05-01T08:00:00Z', 'EHPAD')`).join()};
     insert into seals (id, grappe_id, number, state, sealed_at, sealed_by, plan, complete, seal_hash,
       zip_length, total_bytes) values ${sealed(1, PLAN)}, ${sealed(2, BARE)};
     insert into reviews (id, grappe_id, piece_id, version_id, seal_id, decision, actor, at) values
       ${said(1, 1, 'conforme', '2026-05-02')}, ${said(2, 2, 'conforme', '2026-05-02')},
       ${said(3, 2, 'a-examiner', '2026-05-03')}, ${said(4, 4, 'complement', '2026-05-03')};`,
  )
  const { db, close } = await openPglite({ client })
  try {
    const seals = await db.query.seals.findMany({ orderBy: ({ number }) => number })
    // The word on the second piece was taken back; nothing is said of the third.
    expect(seals).toMatchObject([
      { ...sealFigures(PLAN), leftPieceIds: [piece(3), piece(2)] },
      { ...sealFigures(BARE), leftPieceIds: [] },
    ])
    expect(seals[0]).toMatchObject({ members: 2, missing: 2, pieceIds: [3, 1, 4, 2].map(piece) })
  } finally {
    await close()
  }
})
