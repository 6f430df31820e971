/** A plan of any size for the benchmarks: fictional members under 1 OG for 10 ESMS, every piece deposited. */
import type { PieceDefinition } from '../../server/domain/call.ts'
import { type DossierPlan, planDossier } from '../../server/domain/dossier-plan.ts'
import type { Esms } from '../../server/domain/grappe.ts'
import type { Piece } from '../../server/domain/piece.ts'

/** `files(piece)` gives the bytes' description of the one file of each piece. */
export function largePlan(
  members: number,
  piecesEach: number,
  file: (rank: number) => { sha256: string; crc32: number; size: number; mediaType: string },
): DossierPlan {
  const definitions = Array.from(
    { length: piecesEach },
    (_, rank): PieceDefinition => ({
      code: `piece-${rank + 1}`,
      name: `Pièce nº ${rank + 1}, état détaillé de l’établissement`,
      explanation: 'Pièce fictive.',
      scope: 'esms',
      condition: null,
      required: rank % 3 !== 0,
      formats: ['pdf'],
      maxFileMb: 10,
      severalFiles: false,
      signatory: null,
      deadlineOn: null,
      provenance: { kind: 'hypothesis', reference: 'Exemple' },
    }),
  )
  const esms = Array.from(
    { length: members },
    (_, rank): Esms => ({
      id: `e${rank}`,
      ogId: `og${Math.floor(rank / 10)}`,
      name: `Établissement fictif d’hébergement nº ${rank}`,
      finess: `99${String(rank).padStart(7, '0')}`,
      domaine: 'PA',
      projet: 'acquisition',
      solutionId: null,
      categorie: '500',
      registry: 'ouvert',
      registryEj: null,
      inOtherGrappe: null,
      declarations: {},
      withdrawnOn: null,
    }),
  )
  const ogIds = [...new Set(esms.map(each => each.ogId))]
  const pieces = esms.flatMap(({ id }, m) =>
    definitions.map(({ code }, p): Piece => {
      const rank = m * piecesEach + p
      const decided = rank % 4 !== 0
      return {
        id: `p${rank}`,
        code,
        scope: 'esms',
        ogId: null,
        esmsId: id,
        takenOut: [],
        nonApplicable: null,
        extensions: [],
        versions: [
          {
            id: `v${rank}`,
            number: 1,
            depositedAt: '2026-06-01T08:15:00.000Z',
            depositedBy: 'Établissement fictif',
            decision: decided ? 'acceptee' : null,
            motive: null,
            decidedAt: decided ? '2026-06-02T08:15:00.000Z' : null,
            files: [
              {
                id: `f${rank}`,
                name: 'document.pdf',
                role: 'document',
                pageCount: null,
                width: null,
                height: null,
                scan: 'sain',
                virus: null,
                ...file(rank),
              },
            ],
            review: null,
          },
        ],
      }
    }),
  )
  return planDossier({
    takenAt: '2026-11-22T08:30:00.000Z',
    journalHead: null,
    rules: [],
    written: null,
    answered: null,
    signings: null,
    submission: null,
    sharing: null,
    governance: null,
    today: '2026-11-22',
    callTitle: 'Appel à projets fictif',
    callCode: 'fictif',
    antivirus: true,
    fictional: true,
    registry: null,
    timeZone: 'Europe/Paris',
    closesOn: '2026-12-31',
    grappe: {
      id: 'grappe',
      name: 'Grappe fictive',
      porteurOgId: 'og0',
      ogs: ogIds.map(id => ({ id, name: `Association fictive ${id}`, finessEj: null })),
      esms,
      solutions: [],
    },
    definitions,
    pieces,
    verdict: { status: 'eligible', criteria: [] },
    details: new Map(),
    reviews: [],
    opinions: [],
    porteur: null,
    dossierJournal: [],
    journal: esms.map(({ name }) => ({
      at: '2026-06-01T08:15:00.000Z',
      actor: name,
      event: 'Pièce déposée.',
    })),
  })
}
