/**
 * `npm run demo -- --out DIR`: the main job from one end to the other, without a screen. A server on a data
 * folder of its own, then only HTTP: a porteur builds the H'APPY grappe (19 ESMS, 4 OG, fictional in its
 * details), notes who does what, deposits its identity card, brings a model of its own, follows the letters
 * to sign, hands out the prefilled documents, files together 60 that came back by e-mail; some ESMS answer on
 * screen, one asks a question, every member uploads the rest as real PDF, DOCX, XLSX and PNG files, one is
 * refused and replaced, all are accepted, a version is sealed, and its ZIP and its workbook, which hold it
 * all, are left in DIR.
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Document, Packer, Paragraph } from 'docx'
import ExcelJS from 'exceljs'
import { PNG } from 'pngjs'
import type { z } from 'zod'
import type {
  boardAnswer,
  grappeAnswer,
  pieceAnswer,
  receivedAnswer,
  sealAnswer,
  verdictAnswer,
} from '../schema/contracts/api.ts'
import { API_PATHS, fill } from '../schema/urls.ts'
import { buildApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { createContext } from '../server/context.ts'
import { fictionalPdf } from '../server/demonstration.ts'
import { MEDIA_TYPES } from '../server/domain/file-acceptance.ts'
import { listJobs } from '../server/jobs.ts'
import { readOutbox } from '../server/steps/access/send-mail.ts'
import { answerOnScreen } from './demo-answers.ts'
import { Api, DemoError, say } from './demo-api.ts'
import {
  bringOwnModel,
  countReturned,
  depositIdentityCard,
  exchangeMessages,
  followSignatures,
} from './demo-dealings.ts'
import { fileReceivedFolder } from './demo-folder.ts'
import { agreeOnGovernance } from './demo-governance.ts'

type GrappeBody = z.infer<typeof grappeAnswer>
type PieceBody = z.infer<typeof pieceAnswer>
type Board = z.infer<typeof boardAnswer>
type Receipt = z.infer<typeof receivedAnswer>
type SealBody = z.infer<typeof sealAnswer>
type Verdict = z.infer<typeof verdictAnswer>

/** So many ESMS answer their état des lieux on screen; the others send a file. */
const ANSWERED_ON_SCREEN = 4

interface NamedFile {
  name: string
  type: string
  bytes: Buffer
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: 'string' } } })
  if (values.out === undefined) {
    throw new DemoError('Indiquez où laisser le dossier : npm run demo -- --out DOSSIER')
  }
  const out = resolve(values.out)
  await mkdir(out, { recursive: true })

  const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-demo-'))
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    DEMO: 'non',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '100000',
  })
  const context = await createContext(config)
  const app = await buildApp(context, config)
  try {
    const base = await app.listen({ host: config.host, port: config.port })
    context.setPublicUrl(base)
    await context.jobs.start(listJobs(context), fault => app.log.error(fault))
    say(`Serveur de démonstration : ${base}, données dans ${dataDir}`)

    await new Api(base, null).send('POST', API_PATHS.signIn, { email: 'porteur@demonstration.invalid' })
    const [mail] = await readOutbox(context)
    const token = lastSegment(mail?.link ?? '')
    const signedIn = await new Api(base, null).json<{ token: string }>('POST', API_PATHS.signInProgram, {
      token,
      label: 'Démonstration',
      scope: 'administrer',
    })
    const porteur = new Api(base, signedIn.token)
    const grappe = await buildGrappe(porteur)
    const at = { grappe: grappe.id }
    await agreeOnGovernance(porteur, grappe)
    await depositIdentityCard(porteur, at)
    await bringOwnModel(porteur, at)
    await followSignatures(porteur, at)
    await fileReceivedFolder(porteur, grappe)
    await collect(porteur, base, grappe)
    await countReturned(porteur, at)
    await download(porteur, grappe, out)
  } finally {
    await app.close()
    await context.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function buildGrappe(porteur: Api): Promise<GrappeBody> {
  const grappe = await porteur.json<GrappeBody>('POST', API_PATHS.grappes, {
    name: 'H’APPY (démonstration)',
    call: 'demonstration',
    example: 'happy',
  })
  const verdict = await porteur.json<Verdict>('GET', fill(API_PATHS.eligibility, { grappe: grappe.id }))
  const broken = verdict.criteria.filter(({ status }) => status === 'non-satisfait')
  if (broken.length > 0) throw new DemoError(`La grappe n’est pas éligible : ${broken[0]?.reason}`)
  say(`Grappe créée : ${grappe.ogs.length} OG, ${grappe.esms.length} ESMS, verdict « ${verdict.status} »`)
  return grappe
}

/** Every owner deposits every required piece; the first deposit is refused and replaced; all are accepted. */
async function collect(porteur: Api, base: string, grappe: GrappeBody): Promise<void> {
  const at = { grappe: grappe.id }
  const accept = (piece: string, versionId: string) =>
    porteur.send('POST', fill(API_PATHS.decision, { ...at, piece }), { versionId, decision: 'acceptee' })

  const board = await porteur.json<Board>('GET', fill(API_PATHS.board, at))
  for (const piece of board.pieces.filter(({ scope, required }) => scope === 'grappe' && required)) {
    if (piece.pieceId === null) throw new DemoError(`« ${piece.name} » n’a pas été enregistrée.`)
    const asked = await porteur.json<PieceBody>('GET', fill(API_PATHS.piece, { ...at, piece: piece.pieceId }))
    const receipt = await porteur.json<Receipt>(
      'POST',
      fill(API_PATHS.versions, { ...at, piece: piece.pieceId }),
      await formFor(asked, grappe.name),
    )
    await accept(piece.pieceId, receipt.version.id)
  }

  const owners = [
    ...grappe.ogs.map(({ id, name }) => ({ name, invitation: { og: id } })),
    ...grappe.esms.map(({ id, name }) => ({ name, invitation: { esms: id } })),
  ]
  let refusedOnce = false
  let answered = 0
  for (const [order, { name, invitation }] of owners.entries()) {
    const [invited] = await porteur.json<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, at),
      invitation,
    )
    const member = new Api(base, lastSegment(invited?.address ?? ''))
    const expected = await member.json<{ pieces: PieceBody[] }>('GET', API_PATHS.memberPieces)
    const [first] = expected.pieces
    if (order === 0 && first !== undefined) {
      await exchangeMessages(porteur, member, { ...at, piece: first.pieceId })
    }
    const toDeposit = expected.pieces.filter(({ required, state }) => required && state === 'attendue')
    // An OG's link also sees its ESMS: these deposit with their own links.
    for (const piece of toDeposit.filter(({ pieceId }) => 'esms' in invitation || isOfOg(board, pieceId))) {
      const path = fill(API_PATHS.memberVersions, { piece: piece.pieceId })
      const onScreen = piece.code === 'etat-des-lieux' && answered < ANSWERED_ON_SCREEN
      if (onScreen) answered++
      let receipt = onScreen
        ? await answerOnScreen(member, piece.pieceId, name)
        : await member.json<Receipt>('POST', path, await formFor(piece, name))
      if (!refusedOnce) {
        refusedOnce = true
        await porteur.send('POST', fill(API_PATHS.decision, { ...at, piece: piece.pieceId }), {
          versionId: receipt.version.id,
          decision: 'refusee',
          motive: 'La signature manque.',
        })
        receipt = await member.json<Receipt>('POST', path, await formFor(piece, `${name}, version signée`))
      }
      await accept(piece.pieceId, receipt.version.id)
    }
    say(`[${order + 1}/${owners.length}] ${name} : ${toDeposit.length} pièce(s) déposée(s) et acceptée(s)`)
  }
}

function isOfOg(board: Board, pieceId: string): boolean {
  return board.pieces.some(piece => piece.pieceId === pieceId && piece.scope === 'og')
}

async function download(porteur: Api, grappe: GrappeBody, out: string): Promise<void> {
  const board = await porteur.json<Board>('GET', fill(API_PATHS.board, { grappe: grappe.id }))
  if (!board.complete) throw new DemoError('Le dossier est encore incomplet : une pièce obligatoire manque.')
  const version = await seal(porteur, grappe)
  for (const path of [API_PATHS.sealZip, API_PATHS.sealXlsx]) {
    const at = { grappe: grappe.id, number: String(version.version) }
    const response = await porteur.send('GET', fill(path, at))
    const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
    if (name === undefined || response.body === null) throw new DemoError('Le dossier est arrivé sans nom.')
    const target = join(out, name)
    const hash = createHash('sha256')
    await pipeline(
      Readable.fromWeb(response.body as NodeReadableStream),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(target),
    )
    say(`${target}  ${(await stat(target)).size} octets  sha256 ${hash.digest('hex')}`)
    if (path === API_PATHS.sealXlsx) await checkSheets(await readFile(target), ['Réponses', 'Échanges'])
  }
  const live = await porteur.send('GET', fill(API_PATHS.dossierXlsx, { grappe: grappe.id }))
  await checkSheets(Buffer.from(await live.arrayBuffer()), ['Rôles', 'COPIL', 'Risques', 'Signatures'])
}

/** What was said, answered and followed is there. */
async function checkSheets(bytes: Buffer, asked: readonly string[]): Promise<void> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(new Uint8Array(bytes).buffer)
  const names = workbook.worksheets.map(({ name }) => name)
  const missing = asked.filter(name => !names.includes(name))
  if (missing.length > 0) throw new DemoError(`Il manque au classeur : ${missing.join(', ')}.`)
  say(`Le classeur tient ${names.join(', ')}`)
}

/** Seals, and waits until the server has read every file again. */
async function seal(porteur: Api, grappe: GrappeBody): Promise<SealBody> {
  const sealed = await porteur.json<SealBody>('POST', fill(API_PATHS.seals, { grappe: grappe.id }), {})
  const at = fill(API_PATHS.seal, { grappe: grappe.id, number: String(sealed.version) })
  for (;;) {
    const version = await porteur.json<SealBody>('GET', at)
    if (version.state === 'refuse') throw new DemoError(version.failure ?? 'Le scellement a été refusé.')
    if (version.state === 'scelle') {
      say(`Version ${version.version} scellée, sceau ${version.seal}`)
      return version
    }
    await pause(500)
  }
}

/**
 * The files that an owner would send for this piece: one of each kind that it takes, or one when it takes
 * one.
 */
async function formFor(piece: PieceBody, owner: string): Promise<FormData> {
  const makers: Record<string, () => Promise<NamedFile>> = {
    pdf: async () => ({
      name: `${piece.name}.pdf`,
      type: MEDIA_TYPES.pdf,
      bytes: await fictionalPdf(piece.name, owner),
    }),
    docx: () => docx(piece.name, owner),
    xlsx: () => xlsx(piece.name, owner),
    png: async () => png(owner),
  }
  const kinds = ['pdf', 'docx', 'xlsx', 'png'].filter(kind => piece.formats.includes(kind))
  const form = new FormData()
  for (const kind of piece.severalFiles ? kinds : kinds.slice(0, 1)) {
    const file = await makers[kind]?.()
    if (file) form.append('fichiers', new File([new Uint8Array(file.bytes)], file.name, { type: file.type }))
  }
  return form
}

async function docx(title: string, owner: string): Promise<NamedFile> {
  const document = new Document({
    sections: [{ children: [new Paragraph(title), new Paragraph(owner), new Paragraph('Document fictif.')] }],
  })
  return { name: `${title}.docx`, type: MEDIA_TYPES.docx, bytes: await Packer.toBuffer(document) }
}

async function xlsx(title: string, owner: string): Promise<NamedFile> {
  const workbook = new ExcelJS.Workbook()
  workbook.addWorksheet('Feuille').addRows([[title], [owner], ['Document fictif.']])
  return {
    name: `${title}.xlsx`,
    type: MEDIA_TYPES.xlsx,
    bytes: Buffer.from(await workbook.xlsx.writeBuffer()),
  }
}

/** A picture whose colour depends on the owner, as a photo would differ. */
function png(owner: string): NamedFile {
  const image = new PNG({ width: 320, height: 200 })
  const shade = createHash('sha256').update(owner).digest()
  for (let pixel = 0; pixel < image.data.length; pixel += 4)
    image.data.set([...shade.subarray(0, 3), 255], pixel)
  return { name: 'Photo.png', type: MEDIA_TYPES.png, bytes: PNG.sync.write(image) }
}

function lastSegment(address: string): string {
  return address.split('/').at(-1) ?? ''
}

main().catch((error: unknown) => {
  const text =
    error instanceof DemoError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`La démonstration a échoué. ${text}\n`)
  process.exitCode = 1
})
