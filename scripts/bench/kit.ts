/**
 * `npm run bench:kit`: the kit of 49 members × 5 documents as a ZIP, beside a ZIP of the same bytes ready
 * made, and beside docx-templates filling in the same models. Each run is a process of its own.
 * `-- --small` only proves that the benchmark works.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readCallFiles } from '../../server/adapters/call-files.ts'
import { kitWriterIn } from '../../server/adapters/kit-documents.ts'
import { resolveCall } from '../../server/domain/call.ts'
import { ogSizes } from '../../server/domain/condition.ts'
import { MODEL_CODES } from '../../server/domain/kit/models.ts'
import { printed } from '../../server/domain/kit/print.ts'
import {
  type KitEsms,
  type KitFacts,
  type KitOg,
  type KitOwner,
  modelsFor,
  valuesFor,
} from '../../server/domain/kit/values.ts'
import type { ZippedDocument } from '../../server/steps/ports.ts'
import { openPeer } from './docx-templates-peer.ts'
import { peakRssMib } from './peak-memory.ts'

const KINDS = ['started', 'copied', 'written', 'docx-templates'] as const
type Kind = (typeof KINDS)[number]

interface Run {
  seconds: number
  cpuSeconds: number
  peakRssMib: number
  documents: number
  bytes: number
}

const TODAY = '2026-11-29'

if (process.argv[2] === 'zip') await zip(process.argv[3] as Kind, Number(process.argv[4]))
else await measure(process.argv.includes('--small'))

/** As many OG as members beside the one that carries the grappe, so that each has its five documents. */
async function kitOf(members: number): Promise<KitFacts> {
  const { calls } = await readCallFiles('templates/calls')
  const template = calls.find(({ code }) => code === 'demonstration')
  if (template === undefined) throw new Error('No demonstration call')
  const call = resolveCall(template, TODAY)
  const ogs = Array.from(
    { length: members + 1 },
    (_, order): KitOg => ({
      id: `og-${order}`,
      name: `Association fictive n° ${order}`,
      finessEj: '2A0000253',
      representative: 'Ève Martin',
      representativeRole: 'Présidente',
      seatAddress: '1 rue des Oliviers, 20200 Bastia',
      siren: '732829320',
    }),
  )
  const esms = ogs.slice(1).map(
    ({ id }, order): KitEsms => ({
      id: `esms-${order}`,
      ogId: id,
      name: `Service à domicile fictif n° ${order}`,
      finess: '2A0000253',
      domaine: 'DOM',
      projet: 'acquisition',
      solutionId: null,
      categorie: '460',
      registry: 'non-verifie',
      registryEj: null,
      inOtherGrappe: null,
      declarations: {},
      withdrawnOn: null,
      commune: 'Bastia',
      capacite: 40,
      solution: 'Éditeur fictif — Dossier fictif',
      solutionVersion: '4.2',
    }),
  )
  return {
    today: TODAY,
    closesOn: '2026-12-31',
    grappeName: 'Grappe fictive',
    call,
    porteurOgId: 'og-0',
    porteurEmail: 'porteuse@exemple.invalid',
    ogs,
    esms,
    sizes: ogSizes({ esms }),
    verdict: null,
    sharing: null,
    governance: null,
  }
}

/** One ZIP in this process. `started` only opens the models; `copied` zips bytes ready made. */
async function zip(kind: Kind, members: number) {
  const writer = kitWriterIn('templates/documents')
  // Opened by the first that is asked for.
  await writer.tagsOf(MODEL_CODES[0])
  const facts = await kitOf(members)
  const owners: KitOwner[] = [
    ...facts.ogs.slice(1).map(({ id, name }): KitOwner => ({ scope: 'og', id, name })),
    ...facts.esms.map(({ id, name }): KitOwner => ({ scope: 'esms', id, name })),
  ]
  const peer = await openPeer('templates/documents', kind === 'docx-templates' ? MODEL_CODES : [])
  const write = kind === 'docx-templates' ? peer : writer.write
  async function* written(): AsyncGenerator<ZippedDocument> {
    for (const owner of owners) {
      for (const { code } of modelsFor(facts, owner)) {
        const bytes = Buffer.from(await write(code, printed(valuesFor(facts, owner))))
        yield { path: `${owner.id}/${code}.docx`, bytes }
      }
    }
  }
  const ready: ZippedDocument[] = []
  if (kind === 'copied') for await (const document of written()) ready.push(document)
  async function* copied() {
    yield* ready
  }
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  let bytes = 0
  let documents = 0
  async function* counted(files: AsyncGenerator<ZippedDocument>) {
    for await (const file of files) {
      documents++
      yield file
    }
  }
  if (kind !== 'started') {
    const files = counted(kind === 'copied' ? copied() : written())
    for await (const chunk of writer.zip(files, new Date(0))) bytes += (chunk as Buffer).length
  }
  const cpu = process.cpuUsage(cpuBefore)
  const run: Run = {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakRssMib: peakRssMib(),
    documents,
    bytes,
  }
  console.log(JSON.stringify(run))
}

async function measure(small: boolean) {
  const [members, times] = small ? [2, 1] : [49, 5]
  const runs: Record<Kind, Run[]> = { started: [], copied: [], written: [], 'docx-templates': [] }
  for (let time = 0; time < times; time++) {
    for (const kind of KINDS) runs[kind].push(await inProcess(kind, members))
  }
  console.log(
    `| ${members} members × 5 documents, ${times} runs | median s | spread s | CPU s | peak MiB | MB |`,
  )
  console.log('|---|---|---|---|---|---|')
  for (const kind of KINDS) {
    const all = runs[kind].map(({ seconds }) => seconds)
    const cells = [
      `${kind}, ${runs[kind][0]?.documents ?? 0} documents`,
      median(all).toFixed(2),
      `${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)}`,
      median(runs[kind].map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
      Math.max(...runs[kind].map(run => run.peakRssMib)).toFixed(0),
      ((runs[kind][0]?.bytes ?? 0) / 1e6).toFixed(1),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

async function inProcess(kind: Kind, members: number): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    fileURLToPath(import.meta.url),
    'zip',
    kind,
    String(members),
  ])
  return JSON.parse(stdout)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
