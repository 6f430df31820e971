/**
 * `npm run bench:eligibility`: how long a verdict and a margin take, for a usual grappe and a very large one.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCallFiles } from '../../server/adapters/call-files.ts'
import { resolveCall } from '../../server/domain/call.ts'
import { evaluate } from '../../server/domain/eligibility.ts'
import { finessKey } from '../../server/domain/finess.ts'
import type { Esms, Grappe } from '../../server/domain/grappe.ts'
import { marginOf } from '../../server/domain/margin.ts'

const TODAY = '2026-11-22'
const RUNS = 15

const CALLS = join(dirname(fileURLToPath(import.meta.url)), '../../templates/calls')
const { calls } = await readCallFiles(CALLS)
const template = calls.find(each => each.code === 'temps-1-2021')
if (template === undefined) throw new Error('The call temps-1-2021 is not shipped any more')
const call = resolveCall(template, TODAY)

/** One OG for ten ESMS; one member in twenty lacks a fact. */
function grappeOf(size: number): Grappe {
  const esms = Array.from({ length: size }, (_, rank): Esms => {
    const firstEight = `3109${String(rank).padStart(4, '0')}`
    return {
      id: `esms-${rank}`,
      ogId: `og-${Math.floor(rank / 10)}`,
      name: `Établissement fictif ${rank}`,
      finess: rank % 20 === 0 ? null : `${firstEight}${finessKey(firstEight)}`,
      domaine: 'PH',
      projet: rank % 3 === 0 ? 'mise-en-conformite' : 'acquisition',
      solutionId: 'solution-1',
      categorie: '183',
      registry: 'ouvert',
      registryEj: null,
      inOtherGrappe: false,
      declarations: {},
      withdrawnOn: null,
    }
  })
  const ogIds = [...new Set(esms.map(each => each.ogId))]
  return {
    id: 'grappe',
    name: 'Grappe fictive',
    porteurOgId: 'og-0',
    ogs: ogIds.map(id => ({ id, name: id, finessEj: null })),
    esms,
    solutions: [{ id: 'solution-1', editeur: 'Éditeur fictif', produit: 'Dossier fictif', segur: null }],
  }
}

interface Timing {
  medianMs: number
  slowestMs: number
}

function time(act: () => unknown): Timing {
  act()
  const durations = Array.from({ length: RUNS }, () => {
    const startedAt = performance.now()
    act()
    return performance.now() - startedAt
  }).sort((a, b) => a - b)
  return { medianMs: durations[Math.floor(RUNS / 2)] ?? 0, slowestMs: durations.at(-1) ?? 0 }
}

const rounded = (ms: number) => Number(ms.toPrecision(3))
const numbers: Record<string, number> = {}
console.log(`| what (${call.rules.length} rules, ${RUNS} runs) | median ms | slowest ms |`)
console.log('|---|---|---|')
for (const size of [49, 2000]) {
  const facts = { grappe: grappeOf(size), today: TODAY }
  for (const [name, act] of [
    ['verdict', () => evaluate(call, facts)],
    ['margin', () => marginOf(call, facts)],
  ] as const) {
    const { medianMs, slowestMs } = time(act)
    console.log(`| ${name}, ${size} members | ${rounded(medianMs)} | ${rounded(slowestMs)} |`)
    numbers[`${name}_${size}_ms`] = rounded(medianMs)
  }
}
console.log(JSON.stringify(numbers))
