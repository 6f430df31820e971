/** Snapshots to plan dossiers from: one told by hand, and any that fast-check can think of. */
import fc from 'fast-check'
import type { PieceDefinition } from '../../server/domain/call.ts'
import { DOMAINES, PROJETS, SCOPES } from '../../server/domain/call.ts'
import type { DossierSnapshot } from '../../server/domain/dossier-plan.ts'
import type { Esms, Grappe, Og } from '../../server/domain/grappe.ts'
import type { Piece, StoredFile, Version } from '../../server/domain/piece.ts'
import { expectedPieces } from '../../server/domain/piece.ts'

const PDF = 'application/pdf'

function aDefinition(given: Partial<PieceDefinition> & Pick<PieceDefinition, 'code'>): PieceDefinition {
  return {
    name: given.code,
    explanation: 'Pièce de démonstration.',
    scope: 'esms',
    condition: null,
    required: true,
    formats: ['pdf'],
    maxFileMb: 10,
    severalFiles: true,
    signatory: null,
    deadlineOn: null,
    provenance: { kind: 'hypothesis', reference: 'Exemple' },
    ...given,
  }
}

export function anEsms(given: Partial<Esms> & Pick<Esms, 'id' | 'ogId' | 'name'>): Esms {
  return {
    finess: null,
    domaine: 'PA',
    projet: 'acquisition',
    solutionId: null,
    categorie: null,
    registry: 'non-verifie',
    registryEj: null,
    inOtherGrappe: null,
    declarations: {},
    withdrawnOn: null,
    ...given,
  }
}

function aFile(given: Partial<StoredFile> & Pick<StoredFile, 'id'>): StoredFile {
  return {
    name: 'document.pdf',
    sha256: 'a'.repeat(64),
    crc32: 0,
    size: 0,
    mediaType: PDF,
    role: 'document',
    pageCount: null,
    width: null,
    height: null,
    scan: 'non-analyse',
    virus: null,
    ...given,
  }
}

function aVersion(given: Partial<Version> & Pick<Version, 'id' | 'files'>): Version {
  return {
    number: 1,
    depositedAt: '2023-07-03T08:15:00.000Z',
    depositedBy: 'EHPAD Example',
    decision: null,
    motive: null,
    decidedAt: null,
    review: null,
    ...given,
  }
}

/**
 * Two OG, three ESMS (one withdrawn), four definitions: accepted, refused, deposited, missing and set-aside pieces.
 * The call closed on 15 September; it is the 20th.
 */
export function aSnapshot(): DossierSnapshot {
  const definitions = [
    aDefinition({ code: 'lettre-d-engagement', name: "Lettre d'engagement", scope: 'grappe' }),
    aDefinition({ code: 'mandat', name: 'Mandat donné au porteur', scope: 'og' }),
    aDefinition({
      code: 'repartition-domicile',
      name: 'Activités essentielles à la vie',
      condition: { domaines: ['DOM'] },
    }),
    aDefinition({
      code: 'etat-des-lieux',
      name: 'État des lieux',
      provenance: { kind: 'source', reference: 'Présentation Corse du 13 juin 2023', confidence: 'H' },
    }),
    aDefinition({ code: 'devis', name: 'Devis', required: false }),
  ]
  const og1: Og = { id: 'og1', name: 'Association Les Oliviers', finessEj: '2A0000014' }
  const og2: Og = { id: 'og2', name: 'Fondation du Maquis', finessEj: null }
  const grappe: Grappe = {
    id: 'grappe',
    name: 'Grappe PEP2B',
    porteurOgId: 'og2',
    ogs: [og1, og2],
    esms: [
      anEsms({ id: 'e1', ogId: 'og1', name: 'EHPAD Example', finess: '2A0000253', solutionId: 's' }),
      anEsms({ id: 'e2', ogId: 'og2', name: 'SAVS Élan', finess: '2B0000020', domaine: 'PH' }),
      anEsms({ id: 'e3', ogId: 'og1', name: 'SSIAD Parti', domaine: 'DOM', withdrawnOn: '2023-08-01' }),
    ],
    solutions: [{ id: 's', editeur: 'Éditeur fictif', produit: 'DUI Exemple', segur: null }],
  }
  const piece = (id: string, code: string, owner: Partial<Piece>, versions: Version[]): Piece => ({
    id,
    code,
    scope: 'esms',
    ogId: null,
    esmsId: null,
    versions,
    takenOut: [],
    nonApplicable: null,
    extensions: [],
    ...owner,
  })
  return {
    takenAt: '2023-09-20T08:30:00.000Z',
    antivirus: false,
    today: '2023-09-20',
    callTitle: 'ESMS numérique, Corse 2023',
    callCode: 'corse-2023',
    fictional: true,
    registry: { format: 'csv', dataOn: '2026-05-12' },
    timeZone: 'Europe/Paris',
    closesOn: '2023-09-15',
    grappe,
    rules: [],
    written: null,
    answered: null,
    signings: null,
    submission: null,
    definitions,
    pieces: [
      piece('p1', 'lettre-d-engagement', { scope: 'grappe' }, [
        aVersion({ id: 'v1', decision: 'acceptee', files: [aFile({ id: 'f1', name: '../../etc/passwd' })] }),
      ]),
      piece('p2', 'etat-des-lieux', { esmsId: 'e1' }, [
        aVersion({
          id: 'v2',
          decision: 'refusee',
          motive: 'Illisible',
          decidedAt: '2023-07-04T09:00:00.000Z',
          files: [aFile({ id: 'f2' })],
        }),
        aVersion({
          id: 'v3',
          number: 2,
          files: [aFile({ id: 'f3' }), aFile({ id: 'f4', mediaType: 'image/png', name: 'photo.exe' })],
        }),
      ]),
      piece('p3', 'etat-des-lieux', { esmsId: 'e2' }, [
        aVersion({
          id: 'v4',
          decision: 'refusee',
          motive: 'La page 2 manque.\nRescannez-la.',
          decidedAt: '2023-09-01T22:30:00.000Z',
          files: [aFile({ id: 'f5' })],
        }),
      ]),
      piece('p4', 'repartition-domicile', { esmsId: 'e3' }, [
        aVersion({ id: 'v5', files: [aFile({ id: 'f6' })] }),
      ]),
      piece('p5', 'repartition-domicile', { esmsId: 'e1' }, [
        aVersion({ id: 'v6', files: [aFile({ id: 'f7' })] }),
      ]),
      piece('p6', 'budget', { scope: 'grappe' }, [aVersion({ id: 'v7', files: [aFile({ id: 'f8' })] })]),
    ],
    verdict: {
      status: 'non-eligible',
      criteria: [
        {
          rule: 'minimum-esms',
          title: "Nombre d'ESMS",
          status: 'non-satisfait',
          reason: 'La grappe compte 2 ESMS sur 8 demandés.',
          esmsIds: ['e2', 'e1'],
          ogIds: [],
          remedy: 'Ajoutez 6 ESMS.',
          place: 'membres',
          provenance: { kind: 'source', reference: 'Présentation Corse du 13 juin 2023', confidence: 'H' },
        },
      ],
    },
    details: new Map([['e1', { commune: 'Corte', capacite: 84 }]]),
    reviews: [],
    opinions: [],
    journal: [
      { at: '2023-07-03T08:15:00.000Z', actor: 'EHPAD Example', event: '=1+1' },
      { at: '2023-06-01T08:00:00.000Z', actor: 'porteur@example.org', event: 'Grappe créée.' },
    ],
    journalHead: { lines: 2, hash: 'ab'.repeat(32) },
    sharing: null,
    governance: null,
    dossierJournal: [
      { at: '2023-07-03T08:15:00.000Z', actor: 'EHPAD Example', event: '« État des lieux » déposée.' },
    ],
    porteur: {
      ogName: 'Fondation du Maquis',
      finessEj: null,
      contactName: 'Mme Santoni',
      contactEmail: 'direction@maquis.example.org',
      contactPhone: '04 95 00 00 00',
    },
  }
}

const hostileName = fc.oneof(
  fc.constantFrom(
    'CON',
    'con',
    'nul',
    'AUX.txt',
    '../../',
    'É',
    'e',
    '😀',
    '',
    ' . ',
    'a'.repeat(300),
    'A-2',
    'a',
    'a-2',
  ),
  fc.constantFrom('a'.repeat(72), `${'a'.repeat(69)}-2`, 'EHPAD', 'ehpad', 'EHPÂD'),
  fc.string({ unit: 'binary', maxLength: 300 }),
)

const mediaType = fc.constantFrom(PDF, 'image/png', 'image/jpeg', 'text/html', '../../x')

/** Any grappe at all, with its pieces in any state, some of them no longer expected. */
export const anySnapshot: fc.Arbitrary<DossierSnapshot> = fc
  .record({
    name: hostileName,
    ogs: fc.array(fc.record({ name: hostileName, finessEj: fc.option(hostileName) }), { maxLength: 6 }),
    esms: fc.array(
      fc.record({
        name: hostileName,
        og: fc.nat(),
        finess: fc.option(hostileName),
        domaine: fc.option(fc.constantFrom(...DOMAINES)),
        projet: fc.option(fc.constantFrom(...PROJETS)),
        withdrawn: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
    definitions: fc.uniqueArray(
      fc.record({
        code: hostileName,
        scope: fc.constantFrom(...SCOPES),
        required: fc.boolean(),
        deadlineOn: fc.option(fc.constantFrom('2023-01-01', '2023-09-15')),
        condition: fc.option(
          fc.oneof(
            fc.record({ domaines: fc.subarray([...DOMAINES]) }),
            fc.record({ projets: fc.subarray([...PROJETS]) }),
            fc.record({
              et: fc.tuple(
                fc.record({ domaines: fc.subarray([...DOMAINES]) }),
                fc.record({ projets: fc.subarray([...PROJETS]) }),
              ),
            }),
          ),
        ),
      }),
      { maxLength: 6, selector: ({ code }) => code },
    ),
    deposits: fc.array(
      fc.array(
        fc.record({
          decision: fc.constantFrom(null, 'acceptee' as const, 'refusee' as const),
          files: fc.array(mediaType, { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 3 },
      ),
      { minLength: 1, maxLength: 20 },
    ),
    today: fc.constantFrom('2022-12-01', '2023-09-20'),
  })
  .map(({ name, ogs, esms, definitions: drawn, deposits, today }) => {
    const definitions = drawn.map(definition => aDefinition(definition))
    const grappe: Grappe = {
      id: 'grappe',
      name,
      porteurOgId: ogs.length > 0 ? 'og0' : null,
      ogs: ogs.map((og, i) => ({ id: `og${i}`, ...og })),
      esms:
        ogs.length === 0
          ? []
          : esms.map(({ og, withdrawn, ...facts }, i) =>
              anEsms({
                id: `e${i}`,
                ogId: `og${og % ogs.length}`,
                withdrawnOn: withdrawn ? '2023-02-01' : null,
                ...facts,
              }),
            ),
      solutions: [],
    }
    const owed = expectedPieces(
      definitions.map(definition => ({ ...definition, condition: null })),
      { ...grappe, esms: grappe.esms.map(member => ({ ...member, withdrawnOn: null })) },
    )
    const pieces = owed.map(
      ({ definition: { code, scope }, ogId, esmsId }, i): Piece => ({
        id: `p${i}`,
        code,
        scope,
        ogId,
        esmsId,
        takenOut: [],
        nonApplicable: null,
        extensions: [],
        versions: (deposits[i % deposits.length] ?? []).map(({ decision, files }, n) =>
          aVersion({
            id: `p${i}v${n}`,
            number: n + 1,
            decision,
            motive: decision === 'refusee' ? 'Motif' : null,
            decidedAt: decision === null ? null : '2023-03-01T08:00:00.000Z',
            files: files.map((type, f) => aFile({ id: `p${i}v${n}f${f}`, mediaType: type })),
          }),
        ),
      }),
    )
    return { ...aSnapshot(), grappe, definitions, pieces, today }
  })
