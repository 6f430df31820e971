import { readdir, rename } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import { files, mails } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { clamdAt } from '../../server/adapters/clamd.ts'
import { currentVersion } from '../../server/domain/piece.ts'
import { listJobs } from '../../server/jobs.ts'
import { fillIn, kitOfGrappe } from '../../server/steps/collection/hand-out-kit.ts'
import { looseLane } from '../../server/steps/collection/loose-files.ts'
import { scanFiles } from '../../server/steps/control/scan-files.ts'
import { scanModels } from '../../server/steps/control/scan-models.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { expectedBlobs, nextExpected } from '../../server/steps/read/referenced-files.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { heavy, paragraph, realModel, withBody } from '../support/own-models.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { type Clamd, EICAR, findClamd, prepareClamd, STREAM_MAX_BYTES, VIRUS } from './clamd.ts'

const infectedPdf = async (text: string) => Buffer.concat([await pdf(text), Buffer.from(`\n% ${EICAR}\n`)])
const read = (html: string) => html.replace(/[\u00a0\u202f]/g, ' ')

/** The names in a ZIP, and the text of `_MANQUANTS.txt`. */
async function openZip(bytes: Buffer): Promise<{ names: string[]; missing: string }> {
  const zip = await yauzl.fromBufferPromise(bytes)
  const names: string[] = []
  let missing = ''
  for await (const entry of zip.eachEntry()) {
    names.push(entry.fileName)
    if (entry.fileName.endsWith('_MANQUANTS.txt')) {
      missing = (await buffer(await zip.openReadStreamPromise(entry))).toString()
    }
  }
  return { names, missing: read(missing) }
}

const reason = findClamd() === null ? ' (skipped, clamd is absent: apt install clamav-daemon)' : ''

describe.skipIf(findClamd() === null)(`with a real clamd${reason}`, () => {
  let clamd: Clamd
  let test: TestApp
  let porteur: ApiClient
  let grappe: TestGrappe
  let member: PageClient
  beforeAll(async () => {
    clamd = await prepareClamd()
    await clamd.start()
    test = await startApp({ CLAMAV_URL: clamd.url })
    porteur = await test.porteur()
    grappe = await createTestGrappe(porteur, 8)
    member = openBrowser(test)
  })
  afterAll(async () => {
    await test.close()
    await clamd.close()
  })

  async function at(rank: number) {
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
      { esms: grappe.esmsIds[rank] },
    )
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    const pieceOf = async () => {
      const pieces = await readPieces(test.context.db, grappe.grappeId)
      const piece = pieces.find(
        each => each.code === 'etat-des-lieux' && each.esmsId === grappe.esmsIds[rank],
      )
      if (piece === undefined) throw new Error('no piece')
      return piece
    }
    const { id } = await pieceOf()
    return {
      token,
      url: urlTo('memberPiece', { token, piece: id }),
      pieceId: id,
      current: async () => {
        const version = currentVersion(await pieceOf())
        if (version === null) throw new Error('nothing deposited')
        return version
      },
    }
  }
  const fileOf = async (place: Awaited<ReturnType<typeof at>>) => {
    const [file] = (await place.current()).files
    if (file === undefined) throw new Error('no file')
    return file
  }
  const dossier = async () => {
    const zip = await porteur.call('GET', fill(API_PATHS.dossierZip, { grappe: grappe.grappeId }))
    return await openZip(zip.raw)
  }
  const quarantined = () => readdir(join(test.config.dataDir, 'quarantaine'))

  it('a file is given to nobody before it is found clean, and stays out of the dossier', async () => {
    const place = await at(0)
    expect(
      (await member.upload(place.url, form([{ name: 'bail.pdf', bytes: await pdf('Bail') }]))).status,
    ).toBe(303)
    const file = await fileOf(place)
    expect(file.scan).toBe('en-analyse')
    expect(read((await member.get(place.url)).html)).toContain('Antivirus : en cours d’analyse')

    const download = await member.get(urlTo('memberFile', { token: place.token, file: file.id }))
    expect(download.status).toBe(403)
    expect(read(download.html)).toContain('L’antivirus n’a pas encore contrôlé ce fichier')
    const byApi = fill(API_PATHS.file, { grappe: grappe.grappeId, file: file.id })
    expect((await porteur.call('GET', byApi)).status).toBe(403)
    const carrier = await signInPorteur(test)
    const at0 = { grappe: grappe.grappeId, file: file.id }
    expect((await carrier.get(urlTo('previewFile', at0))).status).toBe(403)
    expect((await carrier.get(urlTo('file', at0))).status).toBe(403)
    expect(read((await carrier.get(urlTo('board', { grappe: grappe.grappeId }))).html)).toContain(
      '1 pièce attend son contrôle',
    )
    expect((await dossier()).names.filter(name => /lieux/i.test(name))).toEqual([])

    expect(await scanFiles(test.context)).toEqual({ clean: 1, infected: 0, fault: null })
    expect((await member.get(urlTo('memberFile', { token: place.token, file: file.id }))).status).toBe(200)
    expect((await porteur.call('GET', byApi)).status).toBe(200)
    expect((await carrier.get(urlTo('previewFile', at0))).status).toBe(200)
    expect((await dossier()).names.filter(name => /lieux/i.test(name))).toHaveLength(1)
    expect(read((await member.get(place.url)).html)).toContain('Antivirus : sain')
  })

  it('a model is kept once it is found clean, and not when it is infected or cannot be judged', async () => {
    const model = fill(API_PATHS.model, { grappe: grappe.grappeId, model: 'mandat-porteur' })
    const send = async (bytes: Buffer) =>
      await porteur.upload<{ fields?: Record<string, string> }>(model, form([{ name: 'mandat.docx', bytes }]))
    const said = async (bytes: Buffer) => read(Object.values((await send(bytes)).body.fields ?? {}).join())
    const infected = await withBody(paragraph(EICAR))
    expect(await said(infected)).toContain(`L’antivirus a trouvé « ${VIRUS} »`)
    expect(await said(await heavy(STREAM_MAX_BYTES * 2))).toContain('L’antivirus ne répond pas')
    expect((await send(await realModel())).status).toBe(201)
    await clamd.kill()
    expect(await said(await realModel())).toContain('L’antivirus ne répond pas')
    await clamd.start()
  })

  it('an infected one is put away, refused with its name, mailed, and never given', async () => {
    const place = await at(1)
    const bytes = await infectedPdf('Contrat')
    await member.upload(place.url, form([{ name: 'contrat.pdf', bytes }]))
    expect(await scanFiles(test.context)).toEqual({ clean: 0, infected: 1, fault: null })

    const version = await place.current()
    const file = await fileOf(place)
    expect(file).toMatchObject({ scan: 'infecte', virus: VIRUS })
    expect(version.decision).toBe('refusee')
    expect(read(version.motive ?? '')).toContain(`L’antivirus a trouvé « ${VIRUS} » dans « contrat.pdf »`)
    expect(await quarantined()).toEqual([file.sha256])
    expect(await test.context.blobs.size(file.sha256)).toBeNull()

    const written = await test.context.db
      .select()
      .from(mails)
      .where(eq(mails.recipient, 'contact2@exemple.fr'))
    const mail = written.find(
      ({ subject, body }) => subject.startsWith('À corriger') && body.includes('contrat.pdf'),
    )
    expect(read(mail?.body ?? '')).toContain('Motif indiqué par l’antivirus')

    const page = await member.get(place.url)
    expect(read(page.html)).toContain('Cette pièce est à corriger')
    expect(read(page.html)).toContain('personne ne peut l’ouvrir')
    expect(page.html).not.toContain(urlTo('memberFile', { token: place.token, file: file.id }))
    const carrier = await signInPorteur(test)
    const board = await carrier.get(urlTo('board', { grappe: grappe.grappeId }))
    expect(board.html).toContain('etat refusee')
    for (const url of [
      urlTo('file', { grappe: grappe.grappeId, file: file.id }),
      urlTo('previewFile', { grappe: grappe.grappeId, file: file.id }),
    ]) {
      const answer = await carrier.get(url)
      expect(answer.status).toBe(410)
      expect(read(answer.html)).toContain('personne ne peut plus l’ouvrir')
    }
    expect((await member.get(urlTo('memberFile', { token: place.token, file: file.id }))).status).toBe(410)
    expect(
      (await porteur.call('GET', fill(API_PATHS.file, { grappe: grappe.grappeId, file: file.id }))).status,
    ).toBe(410)

    // The porteur cannot accept it, even from a page opened before.
    const decided = await porteur.call(
      'POST',
      fill(API_PATHS.decision, { grappe: grappe.grappeId, piece: place.pieceId }),
      {
        versionId: version.id,
        decision: 'acceptee',
      },
    )
    expect(decided.status).toBe(409)

    // The same bytes are known at once, under any name; a clean file mends the piece.
    const again = await member.upload(place.url, form([{ name: 'autre.pdf', bytes }]))
    expect(again.status).toBe(422)
    expect(read(again.html)).toContain('« autre.pdf » contient un virus')
    const mended = await member.upload(
      place.url,
      form([{ name: 'sain.pdf', bytes: await pdf('Sain') }], { garder: 'oui' }),
    )
    expect(mended.status).toBe(303)
    expect((await place.current()).files.map(({ name }) => name)).toEqual(['sain.pdf'])
    await scanFiles(test.context)
    expect((await fileOf(place)).scan).toBe('sain')
  })

  it('two servers that look at once write one refusal', async () => {
    const place = await at(2)
    await member.upload(place.url, form([{ name: 'double.pdf', bytes: await infectedPdf('Deux serveurs') }]))
    const linesBefore = (await readJournal(test.context.db, grappe.grappeId)).length
    await Promise.all([scanFiles(test.context), scanFiles(test.context)])
    expect((await place.current()).decision).toBe('refusee')
    const lines = (await readJournal(test.context.db, grappe.grappeId)).slice(linesBefore)
    expect(lines.filter(({ event }) => event.includes('double.pdf'))).toHaveLength(1)
    const refusals = (await test.context.db.select().from(mails)).filter(
      ({ subject, body }) => subject.startsWith('À corriger') && body.includes('double.pdf'),
    )
    expect(refusals).toHaveLength(1)
  })

  it('infected bytes that a stop left in place are put away by the next run', async () => {
    const [sha256 = ''] = await quarantined()
    const inPlace = join(test.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
    await rename(join(test.config.dataDir, 'quarantaine', sha256), inPlace)
    expect(await test.context.blobs.size(sha256)).not.toBeNull()
    await scanFiles(test.context)
    expect(await test.context.blobs.size(sha256)).toBeNull()
    expect(await quarantined()).toContain(sha256)
  })

  it('files wait while clamd is gone, are given to nobody, and are found clean once it is back', async () => {
    await clamd.kill()
    const place = await at(3)
    const deposited = await member.upload(
      place.url,
      form([{ name: 'attente.pdf', bytes: await pdf('Attente') }]),
    )
    expect(deposited.status).toBe(303)
    const run = await scanFiles(test.context)
    expect(String(run.fault?.message)).toContain('could not be asked')
    const file = await fileOf(place)
    expect(file.scan).toBe('en-attente')
    expect((await member.get(urlTo('memberFile', { token: place.token, file: file.id }))).status).toBe(403)
    expect(read((await member.get(place.url)).html)).toContain('Antivirus : en attente')
    const { names, missing } = await dossier()
    expect(missing).toMatch(/version 1 déposée, en attente de l’antivirus/)
    const [line] = await test.context.db.select().from(files).where(eq(files.id, file.id))
    expect(line?.scannedAt).not.toBeNull()

    await clamd.start()
    expect((await scanFiles(test.context)).fault).toBeNull()
    expect((await fileOf(place)).scan).toBe('sain')
    expect((await dossier()).names).toHaveLength(names.length + 1)
  })

  it('a file to file is looked at once it is found clean, and not before', async () => {
    const here = { grappe: grappe.grappeId }
    await porteur.upload(
      fill(API_PATHS.looseFiles, here),
      form([
        { name: 'sain.pdf', bytes: await pdf('Sain') },
        { name: 'infecté.pdf', bytes: await infectedPdf('Infecté') },
      ]),
    )
    const carrier = await signInPorteur(test)
    const look = async (wanted: string) => {
      const waiting = await test.context.uploads.list(looseLane(grappe))
      const sent = waiting.find(({ name }) => name === wanted)
      return await carrier.get(urlTo('looseFile', { ...here, upload: sent?.id ?? '' }))
    }
    expect((await look('sain.pdf')).status).toBe(200)
    const infected = await look('infecté.pdf')
    expect(infected.status).toBe(403)
    expect(read(infected.html)).toContain('virus')
    await clamd.kill()
    expect((await look('sain.pdf')).status).toBe(403)
    await clamd.start()
    expect((await look('sain.pdf')).status).toBe(200)
  })

  it('the queue looks by itself after a deposit, and again after clamd was killed at work', async () => {
    const place = await at(4)
    const faults: unknown[] = []
    await test.context.jobs.start(
      listJobs(test.context).filter(({ name }) => name === 'antivirus'),
      fault => faults.push(fault),
    )
    await clamd.kill()
    await member.upload(place.url, form([{ name: 'file.pdf', bytes: await pdf('File') }]))
    await until(async () => (await fileOf(place)).scan === 'en-attente')
    expect(String(faults[0])).toContain('could not be asked')
    await clamd.start()
    await test.context.jobs.kick('antivirus')
    await until(async () => (await fileOf(place)).scan === 'sain')
    await test.context.jobs.stop()
  })

  it('a file above clamd’s own limit waits, says why in the log, and holds nobody up', async () => {
    const place = await at(5)
    const other = await at(6)
    const bytes = Buffer.concat([await pdf('Long'), Buffer.alloc(STREAM_MAX_BYTES * 3, '\n')])
    await member.upload(place.url, form([{ name: 'long.pdf', bytes }]))
    await member.upload(other.url, form([{ name: 'court.pdf', bytes: await pdf('Court') }]))
    const run = await scanFiles(test.context)
    expect(String(run.fault?.message)).toMatch(/INSTREAM size limit exceeded|StreamMaxLength/i)
    expect((await fileOf(place)).scan).toBe('en-attente')
    expect((await fileOf(other)).scan).toBe('sain')
    await test.context.db.delete(files).where(eq(files.name, 'long.pdf'))
  })
})

describe.skipIf(findClamd() === null)(`an antivirus configured later${reason}`, () => {
  it('is said to be missing, then looks at what came before it', async () => {
    const test = await startApp()
    const clamd = await prepareClamd()
    try {
      await clamd.start()
      const porteur = await test.porteur()
      const grappe = await createTestGrappe(porteur, 1)
      const [piece] = (await readPieces(test.context.db, grappe.grappeId)).filter(
        ({ code, esmsId }) => code === 'etat-des-lieux' && esmsId !== null,
      )
      const versions = fill(API_PATHS.versions, { grappe: grappe.grappeId, piece: piece?.id ?? '' })
      await porteur.upload(versions, form([{ name: 'avant.pdf', bytes: await infectedPdf('Avant') }]))
      const scans = async () =>
        (await test.context.db.select({ scan: files.scan }).from(files)).map(({ scan }) => scan)
      expect(await scans()).toEqual(['non-analyse'])
      const carrier = await signInPorteur(test)
      expect(read((await carrier.get(urlTo('board', { grappe: grappe.grappeId }))).html)).toContain(
        'Antivirus : aucun n’est configuré',
      )
      expect(await scanFiles(test.context)).toEqual({ clean: 0, infected: 0, fault: null })
      expect(await scanFiles({ ...test.context, antivirus: clamdAt(clamd.url) })).toMatchObject({
        infected: 1,
      })
      expect(await scans()).toEqual(['infecte'])

      const model = { grappe: grappe.grappeId, model: 'mandat-porteur' }
      const sent = await porteur.upload<{ id: string }>(
        fill(API_PATHS.model, model),
        form([{ name: 'mandat.docx', bytes: await withBody(paragraph(EICAR)) }]),
      )
      await porteur.call('POST', fill(API_PATHS.takeModel, model), { version: sent.body.id })
      const context = { ...test.context, antivirus: clamdAt(clamd.url) }
      const snapshot = await readSnapshot(context, grappe.grappeId)
      if (snapshot === null) throw new Error('no grappe')
      const documentOf = async () => {
        const own = (await kitOfGrappe(context, snapshot, 'porteuse@exemple.fr')).own.get('mandat-porteur')
        return own === undefined ? null : await fillIn(context, own, {})
      }
      expect(await documentOf()).toMatchObject({ refusal: { code: 'model-unscanned' } })
      expect(await scanModels(context)).toMatchObject({ infected: 1, fault: null })
      expect(await documentOf()).toBeNull()
      expect((await readJournal(test.context.db, grappe.grappeId)).at(-1)?.event).toContain('mandat.docx')
      expect(await readdir(join(test.config.dataDir, 'quarantaine'))).toHaveLength(2)
      // Neither a backup nor the reading of every byte looks for them where they were.
      expect(await expectedBlobs(test.context.db)).toEqual(new Set())
      expect(await nextExpected(test.context.db, '', 10)).toEqual([])
    } finally {
      await test.close()
      await clamd.close()
    }
  })
})

describe('an antivirus that takes the connection and never answers', () => {
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer(socket => socket.resume().on('error', () => undefined))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  })
  afterAll(() => server.close())

  it('is given up after its time, and the file waits', async () => {
    const test = await startApp({ CLAMAV_URL: url })
    try {
      const porteur = await test.porteur()
      const grappe = await createTestGrappe(porteur, 1)
      const [piece] = (await readPieces(test.context.db, grappe.grappeId)).filter(
        ({ code, esmsId }) => code === 'etat-des-lieux' && esmsId !== null,
      )
      const versions = fill(API_PATHS.versions, { grappe: grappe.grappeId, piece: piece?.id ?? '' })
      await porteur.upload(versions, form([{ name: 'muet.pdf', bytes: await pdf('Muet') }]))
      const context = { ...test.context, antivirus: clamdAt(url, 300) }
      const startedAt = performance.now()
      const run = await scanFiles(context)
      expect(performance.now() - startedAt).toBeLessThan(20_000)
      expect(String((run.fault?.cause as Error | undefined)?.cause)).toContain('does not answer')
      expect(
        (await test.context.db.select({ scan: files.scan }).from(files)).map(({ scan }) => scan),
      ).toEqual(['en-attente'])
    } finally {
      await test.close()
    }
  })

  it('or that cuts every connection, says nothing of the file', async () => {
    const scanned = scanBehind(socket => socket.once('data', () => socket.destroy()))
    await expect(scanned).rejects.toThrow('clamd could not be asked')
  })

  it('but one that cuts a file and answers otherwise holds up this file alone', async () => {
    const scanned = scanBehind(socket =>
      socket.once('data', (data: Buffer) =>
        data.toString().startsWith('zPING') ? socket.end('PONG\0') : socket.resetAndDestroy(),
      ),
    )
    expect(await scanned).toMatchObject({ scan: 'inconnu', reason: expect.stringMatching(/StreamMaxLength/) })
  })

  async function scanBehind(behave: (socket: Socket) => void) {
    const cutting = createServer(socket => behave(socket.on('error', () => undefined)))
    await new Promise<void>(resolve => cutting.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = cutting.address() as AddressInfo
      return await clamdAt(`tcp://127.0.0.1:${port}`).scan(Readable.from([Buffer.alloc(5_000_000)]))
    } finally {
      cutting.close()
    }
  }
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
