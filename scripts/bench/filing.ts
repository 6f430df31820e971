/**
 * `npm run bench:filing`: how long it takes to propose a piece for each of 1,000 files sent together, of
 * which no number tells the member, in a grappe of 200. The peer is the least that can be done: the words
 * of the same names.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCallFiles } from '../../server/adapters/call-files.ts'
import { resolveCall } from '../../server/domain/call.ts'
import type { LooseFile } from '../../server/domain/filing/clues.ts'
import { Recogniser } from '../../server/domain/filing/recognise.ts'
import type { Esms } from '../../server/domain/grappe.ts'
import { searchWords } from '../../server/domain/search-words.ts'

const RUNS = 9
const FILES = 1000
const MEMBERS = 200

const CALLS = join(dirname(fileURLToPath(import.meta.url)), '../../templates/calls')
const { calls } = await readCallFiles(CALLS)
const template = calls.find(each => each.code === 'demonstration')
if (template === undefined) throw new Error('The demonstration call is not shipped any more')
const call = resolveCall(template, '2026-11-22')

const WORDS =
  'jardins abbaye notre dame val garonne tilleuls oliviers mimosas cèdres montagne vallée rivière soleil ' +
  'horizon espoir avenir château bellevue beauséjour fontaine source prairie colline bruyères acacias'
const words = WORDS.split(' ')
const named = (rank: number) =>
  [rank * 7, rank * 7 + 13, rank + 5].map(at => words[at % words.length]).join(' ')

const grappe = {
  id: 'grappe',
  name: 'Grappe fictive',
  porteurOgId: 'og-0',
  ogs: Array.from({ length: 20 }, (_, rank) => ({
    id: `og-${rank}`,
    name: `Association ${rank}`,
    finessEj: null,
  })),
  esms: Array.from(
    { length: MEMBERS },
    (_, rank): Esms => ({
      id: `esms-${rank}`,
      ogId: `og-${rank % 20}`,
      name: `EHPAD ${named(rank)} ${rank}`,
      finess: `310${String(rank).padStart(6, '0')}`,
      domaine: 'PA',
      projet: 'acquisition',
      solutionId: null,
      categorie: '500',
      registry: 'ouvert',
      registryEj: null,
      inOtherGrappe: false,
      declarations: {},
      withdrawnOn: null,
    }),
  ),
  solutions: [],
}
const files = Array.from(
  { length: FILES },
  (_, rank): LooseFile => ({
    name: `état des lieux ${named(rank % MEMBERS)} numérisation ${rank}.pdf`,
    folders: ['Pièces reçues par courriel', `envoi ${rank}`],
    mail: null,
  }),
)

function medianMs(act: () => unknown): number {
  const durations = Array.from({ length: RUNS }, () => {
    const startedAt = performance.now()
    act()
    return performance.now() - startedAt
  }).toSorted((a, b) => a - b)
  return durations[Math.floor(RUNS / 2)] ?? 0
}

// Made anew each time, as each page does.
const ours = medianMs(() => {
  const recogniser = new Recogniser({ grappe, definitions: call.pieces, addresses: new Map() })
  return files.map(file => recogniser.recognise(file))
})
const peer = medianMs(() =>
  files.map(({ name, folders }) => [name, ...folders].flatMap(text => searchWords(text))),
)
console.log(`| ${FILES} files, ${MEMBERS} members, medians of ${RUNS} | ms |\n|---|---|`)
console.log(
  `| the words of their names | ${peer.toFixed(1)} |\n| a piece proposed for each | ${ours.toFixed(1)} |`,
)
console.log(JSON.stringify({ ms: Math.round(ours), vs_words: Number((ours / peer).toFixed(1)) }))
