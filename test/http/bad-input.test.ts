/** What goes wrong on the way in: each time a clear sentence, the right status, nothing half-written, nothing lost. */
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { revokeLink } from '../../server/steps/access/links.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { START } from '../support/app.ts'
import { form, pdf, pdfOf, png } from '../support/files.ts'
import { fictionalFiness } from '../support/grappe.ts'
import { openBrowser } from '../support/page-client.ts'
import { openScene, type Scene } from '../support/scene.ts'

const MAX_BYTES = 20_000_000

const lastOf = <Item>(items: readonly Item[]) => items.at(-1)
/** As people read it: non-breaking spaces are spaces. */
const read = (html: string) => html.replace(/[\u00a0\u202f]/g, ' ')

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
})
afterAll(() => scene.test.close())

describe('a file with a strange name', () => {
  const long = 'é'.repeat(300)
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['CON.pdf', 'CON.pdf'],
    [`${long}.pdf`, `${'é'.repeat(195)}….pdf`],
    ['bilan 😀📎.pdf', 'bilan 😀📎.pdf'],
    ['<script>alert(1)</script>.pdf', 'script>.pdf'],
    ['‮fdp.exe.pdf', 'fdp.exe.pdf'],
  ])('%s is taken under a name fit to be shown, and its bytes stay under their hash', async (sent, shown) => {
    const { browser } = scene
    const { url } = await scene.at(0)
    const receipt = await browser.follow(
      await browser.upload(url, form([{ name: sent, bytes: await pdf(sent) }])),
    )
    expect(receipt.status).toBe(200)
    expect(lastOf(await scene.versionsOf(0))).toEqual([shown])
    expect(receipt.html).not.toContain('<script>alert')
    const { arrivals, blobs } = await scene.onDisk()
    expect(arrivals).toEqual([])
    expect(blobs.filter(name => !/^[0-9a-f]{64}$/.test(name))).toEqual([])
  })

  it('keeps two files whose names differ by their case only, each with its own bytes', async () => {
    const { url } = await scene.at(0)
    const files = [
      { name: 'Bilan.pdf', bytes: await pdf('majuscule') },
      { name: 'bilan.PDF', bytes: await pdf('minuscule') },
    ]
    expect((await scene.browser.upload(url, form(files))).status).toBe(303)
    expect(lastOf(await scene.versionsOf(0))).toEqual(['Bilan.pdf', 'bilan.PDF'])

    const zip = await scene.porteur.call('GET', fill(API_PATHS.dossierZip, { grappe: scene.grappe.grappeId }))
    const paths = [...zip.raw.toString('latin1').matchAll(/Etat-des-lieux_v\d+_(\d+)_[Bb]ilan\.pdf/g)].map(
      ([, n]) => n,
    )
    expect(new Set(paths)).toEqual(new Set(['01', '02']))
  })
})

describe('a file that the piece does not take', () => {
  it('is refused for what it holds, whatever its name says', async () => {
    const { url } = await scene.at(1)
    const html = Buffer.from('<!doctype html><html><body>Pas un PDF</body></html>')
    const answer = await scene.browser.upload(url, form([{ name: 'plan.pdf', bytes: html }]))
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain('« plan.pdf » n’est pas dans un format accepté')
    expect(answer.html).toContain('aria-invalid="true"')
    expect(answer.html).toContain('role="alert"')
  })

  it('is refused when it is empty', async () => {
    const { url } = await scene.at(1)
    const answer = await scene.browser.upload(url, form([{ name: 'vide.pdf', bytes: Buffer.alloc(0) }]))
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain('« vide.pdf » est vide (0 octet)')
  })

  it('is refused one byte above the limit', async () => {
    const { url } = await scene.at(1)
    const answer = await scene.browser.upload(
      url,
      form([{ name: 'gros.pdf', bytes: await pdfOf(MAX_BYTES + 1) }]),
    )
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain('« gros.pdf » dépasse 20 Mo')
  })

  it('is refused when no file was chosen', async () => {
    const { url } = await scene.at(1)
    const answer = await scene.browser.upload(url, form([{ name: '', bytes: Buffer.alloc(0) }]))
    expect(answer.status).toBe(422)
    expect(answer.html).toContain('Aucun fichier n’a été choisi')
  })

  it('left nothing behind, in the history or on the disk', async () => {
    expect(await scene.versionsOf(1)).toEqual([])
    expect((await scene.onDisk()).arrivals).toEqual([])
  })

  it('is taken at exactly the limit', async () => {
    const { url } = await scene.at(1)
    const answer = await scene.browser.upload(
      url,
      form([{ name: 'juste.pdf', bytes: await pdfOf(MAX_BYTES) }]),
    )
    expect(answer.status).toBe(303)
    expect(await scene.versionsOf(1)).toEqual([['juste.pdf']])
  })

  it('does not take the others with it: they are kept, and said to be', async () => {
    const { url } = await scene.at(2)
    const files = [
      { name: 'bon.pdf', bytes: await pdf('bon') },
      { name: 'mauvais.pdf', bytes: Buffer.from('rien') },
      { name: 'photo.png', bytes: png(30) },
    ]
    const answer = await scene.browser.upload(url, form(files))
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain('Enregistré dans la version 1 : « bon.pdf », « photo.pdf »')
    expect(read(answer.html)).toContain('« mauvais.pdf » n’est pas dans un format accepté')
    expect(await scene.versionsOf(2)).toEqual([['bon.pdf', 'photo.pdf']])

    // What was refused is mended and sent alone: the boxes that keep the others are ticked.
    const kept = [...answer.html.matchAll(/name="garder" value="([^"]+)" checked/g)].map(([, id]) => id ?? '')
    expect(kept).toHaveLength(2)
    const mended = form([{ name: 'mauvais.pdf', bytes: await pdf('enfin') }])
    for (const id of kept) mended.append('garder', id)
    expect((await scene.browser.upload(url, mended)).status).toBe(303)
    expect(lastOf(await scene.versionsOf(2))).toEqual(['bon.pdf', 'photo.pdf', 'mauvais.pdf'])
  })

  it('is refused when the piece takes one only, and the first one is kept', async () => {
    const { porteur, grappe, browser } = scene
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
      { og: grappe.ogId },
    )
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    const pieces = await readPieces(scene.test.context.db, grappe.grappeId)
    const rib = pieces.find(({ code }) => code === 'rib')?.id ?? ''
    const files = [
      { name: 'rib.pdf', bytes: await pdf('RIB') },
      { name: 'rib2.pdf', bytes: await pdf('RIB 2') },
    ]
    const answer = await browser.upload(urlTo('memberPiece', { token, piece: rib }), form(files))
    expect(answer.status).toBe(422)
    expect(answer.html).toContain('cette pièce attend un seul fichier')
    expect(read(answer.html)).toContain('Enregistré dans la version 1 : « rib.pdf »')
  })
})

describe('two deposits that meet', () => {
  it('of the same bytes make one version: a double click, or a retry', async () => {
    const { url } = await scene.at(3)
    const files = () => form([{ name: 'double.pdf', bytes: Buffer.from(bytes) }])
    const bytes = await pdf('Double')
    const [first, second] = await Promise.all([
      scene.browser.upload(url, files()),
      openBrowser(scene.test).upload(url, files()),
    ])
    expect([first.status, second.status]).toEqual([303, 303])
    expect(first.location).toBe(second.location)
    const third = await scene.browser.follow(await scene.browser.upload(url, files()))
    expect(third.html).toContain('Ces fichiers étaient déjà déposés')
    expect(await scene.versionsOf(3)).toEqual([['double.pdf']])
  })

  it('of different files, at the same moment over real HTTP, are both kept one after the other', async () => {
    const address = await scene.test.app.listen({ host: '127.0.0.1', port: 0 })
    const { url } = await scene.at(3)
    const before = (await scene.versionsOf(3)).length
    const send = async (name: string) =>
      await fetch(address + url, {
        method: 'POST',
        body: form([{ name, bytes: await pdf(name) }]),
        redirect: 'manual',
      })
    const answers = await Promise.all([send('a.pdf'), send('b.pdf')])
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    expect((await scene.versionsOf(3)).slice(before).flat().toSorted()).toEqual(['a.pdf', 'b.pdf'])
  })
})

/** What a crowded machine may take to notice. */
const SLOW = { timeout: 10_000 }

describe('a body that stops midway', () => {
  it.each(['in the middle of a file', 'between two files'])(
    'records nothing, leaves no byte, and the server still answers (%s)',
    async where => {
      const fresh = await openScene()
      try {
        const address = new URL(await fresh.test.app.listen({ host: '127.0.0.1', port: 0 }))
        const { url, token } = await fresh.at(0)
        const part = (name: string) =>
          `--coupure\r\nContent-Disposition: form-data; name="fichiers"; filename="${name}"\r\nContent-Type: application/pdf\r\n\r\n`
        // A smaller one is in memory alone until it is whole.
        const whole = await pdfOf(100_000)
        const sent = [
          Buffer.from(part('un.pdf')),
          whole,
          Buffer.from('\r\n'),
          ...(where === 'between two files' ? [] : [Buffer.from(part('deux.pdf')), await pdfOf(200_000)]),
        ]
        const socket = connect(Number(address.port), address.hostname)
        await once(socket, 'connect')
        socket.on('error', () => {})
        socket.write(
          `POST ${url} HTTP/1.1\r\nHost: ${address.host}\r\nContent-Type: multipart/form-data; boundary=coupure\r\nContent-Length: 9000000\r\n\r\n`,
        )
        for (const bytes of sent) socket.write(bytes)
        await expect.poll(async () => (await fresh.onDisk()).arrivals.length, SLOW).toBeGreaterThan(0)
        socket.destroy()
        await expect.poll(async () => (await fresh.onDisk()).arrivals, SLOW).toEqual([])
        expect((await fresh.onDisk()).blobs).toEqual([])
        expect(await fresh.versionsOf(0)).toEqual([])
        expect((await fetch(new URL(urlTo('memberHome', { token }), address))).status).toBe(200)
      } finally {
        await fresh.test.close()
      }
    },
  )

  it('is told in place when the sender still listens', async () => {
    const { url } = await scene.at(3)
    const before = await scene.versionsOf(3)
    const answer = await scene.test.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'multipart/form-data; boundary=coupure' },
      payload:
        '--coupure\r\nContent-Disposition: form-data; name="fichiers"; filename="a.pdf"\r\n\r\n%PDF-1.7 coupé ici',
    })
    expect(answer.statusCode).toBe(400)
    expect(read(answer.body)).toContain('L’envoi s’est interrompu avant la fin : rien n’a été enregistré.')
    expect(await scene.versionsOf(3)).toEqual(before)
    expect((await scene.onDisk()).arrivals).toEqual([])
  })

  it.each(['importMembers', 'model'] as const)('is told of a file read whole too: %s', async path => {
    const at = { grappe: scene.grappe.grappeId, model: 'etat-des-lieux' }
    const answer = await scene.test.app.inject({
      method: 'POST',
      url: fill(API_PATHS[path], at),
      headers: {
        authorization: `Bearer ${scene.porteur.token}`,
        'content-type': 'multipart/form-data; boundary=coupure',
      },
      payload:
        '--coupure\r\nContent-Disposition: form-data; name="fichier"; filename="a.docx"\r\n\r\nPK coupé ici',
    })
    expect(answer.statusCode).toBe(400)
    expect(read(answer.body)).toContain('s’est arrêté avant sa fin : rien n’en est gardé.')
  })
})

/** Mounting a small disk needs rights that not everybody has. */
const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'grappe-kit-montage-'))
  try {
    mountDisk(folder, '1m')
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
})()

function mountDisk(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
}

describe('a full disk', () => {
  it.skipIf(!canMount)('answers 507, keeps what was there and leaves nothing half-written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-disque-'))
    mountDisk(folder, '8m')
    try {
      const small = await openScene({ DATA_DIR: join(folder, 'donnees'), DISK_KEPT_FREE_MB: '0' })
      try {
        const address = await small.test.app.listen({ host: '127.0.0.1', port: 0 })
        const { url } = await small.at(0)
        const first = form([{ name: 'avant.pdf', bytes: await pdf('Avant') }])
        expect((await small.browser.upload(url, first)).status).toBe(303)
        const before = await small.onDisk()

        // Over real HTTP: the answer must reach a sender that is still sending.
        const files = [
          { name: 'petit.pdf', bytes: await pdf('Petit') },
          { name: 'gros.pdf', bytes: await pdfOf(19_000_000) },
        ]
        const answer = await fetch(address + url, { method: 'POST', body: form(files), redirect: 'manual' })
        expect(answer.status).toBe(507)
        expect(read(await answer.text())).toContain('Le serveur n’a plus de place pour ce fichier')
        expect(await small.versionsOf(0)).toEqual([['avant.pdf']])
        expect(await small.onDisk()).toEqual(before)

        const after = form([{ name: 'après.pdf', bytes: await pdf('Après') }])
        expect((await small.browser.upload(url, after)).status).toBe(303)
      } finally {
        await small.test.close()
      }
    } finally {
      execFileSync('umount', [folder])
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('outside the window of the call', () => {
  it.each([
    ['not open yet', '2026-04-01T10:00:00.000Z', 'Les dépôts ouvrent le samedi 2 mai 2026'],
    ['closed', '2026-07-17T10:00:00.000Z', 'L’appel est clos depuis le jeudi 16 juillet 2026 à 23 h 59'],
  ])('%s: the pages say so, take no file, and refuse a deposit', async (_name, now, sentence) => {
    const { url, token } = await scene.at(3)
    const before = await scene.versionsOf(3)
    scene.test.setNow(now)
    try {
      expect(read((await scene.browser.get(urlTo('memberHome', { token }))).html)).toContain(sentence)
      const page = await scene.browser.get(url)
      expect(read(page.html)).toContain(sentence)
      expect(page.html).not.toContain('name="fichiers"')
      const answer = await scene.browser.upload(url, form([{ name: 'tard.pdf', bytes: await pdf('Tard') }]))
      expect(answer.status).toBe(409)
      expect(read(answer.html)).toContain(sentence)
      expect(await scene.versionsOf(3)).toEqual(before)
    } finally {
      scene.test.setNow(START)
    }
  })

  it('takes a deposit until the last second of the last day, in the call’s time zone', async () => {
    const { url } = await scene.at(3)
    const files = async (name: string) => form([{ name, bytes: await pdf(name) }])
    scene.test.setNow('2026-07-16T21:59:59.000Z')
    expect((await scene.browser.upload(url, await files('limite.pdf'))).status).toBe(303)
    scene.test.setNow('2026-07-16T22:00:00.000Z')
    expect((await scene.browser.upload(url, await files('minuit.pdf'))).status).toBe(409)
    scene.test.setNow(START)
  })
})

describe('a link that should not open', () => {
  it('takes no deposit when unknown, of somebody else, revoked or expired', async () => {
    const mine = await scene.at(0)
    const theirs = await scene.at(3)
    const before = await scene.versionsOf(3)
    const send = async (token: string) =>
      await scene.browser.upload(
        urlTo('memberPiece', { token, piece: theirs.pieceId }),
        form([{ name: 'intrus.pdf', bytes: await pdf('Intrus') }]),
      )
    expect((await send('inconnu'.repeat(6))).status).toBe(404)
    expect((await send(mine.token)).status).toBe(404)
    scene.test.setNow('2027-06-01T10:00:00.000Z')
    const expired = await send(theirs.token)
    expect(expired.status).toBe(410)
    expect(expired.html).toContain('a dépassé sa date de validité')
    scene.test.setNow(START)
    await revokeLink(scene.test.context, theirs.linkId, scene.grappe)
    const revoked = await send(theirs.token)
    expect(revoked.status).toBe(410)
    expect(revoked.html).toContain('a été remplacé ou retiré')
    expect(await scene.versionsOf(3)).toEqual(before)
    expect((await scene.onDisk()).arrivals).toEqual([])
  })
})

describe('what a porteur types', () => {
  interface Refused {
    detail: string
    fields?: Record<string, string>
  }

  it('names no call that exists: told at the field, and no grappe is made', async () => {
    const before = await scene.porteur.call<unknown[]>('GET', API_PATHS.grappes)
    const answer = await scene.porteur.call<Refused>('POST', API_PATHS.grappes, {
      name: 'X',
      call: 'inconnu',
    })
    expect(answer.status).toBe(422)
    expect(answer.body.fields?.call).toContain('n’est pas proposé ici')
    expect((await scene.porteur.call<unknown[]>('GET', API_PATHS.grappes)).body).toHaveLength(
      before.body.length,
    )
  })

  it('is a wrong FINESS number, or one already there: told at the field', async () => {
    const { grappeId, ogId } = scene.grappe
    const add = (finess: string, name = 'EHPAD ajouté') =>
      scene.porteur.call<Refused>('POST', fill(API_PATHS.allEsms, { grappe: grappeId }), {
        name,
        finess,
        ogId,
      })
    const valid = fictionalFiness(1)
    const wrongKey = valid.slice(0, 8) + ((Number(valid.at(-1)) + 1) % 10)
    for (const finess of [wrongKey, '12345', 'ABCDEFGHI', valid]) {
      const answer = await add(finess)
      expect(answer.status, finess).toBe(422)
      expect(answer.body.fields?.finess, finess).toBeTruthy()
    }
    expect((await add(valid)).body.fields?.finess).toContain('EHPAD n° 1')
  })

  it('is the same EJ twice: the OG that holds it is named', async () => {
    const url = fill(API_PATHS.ogs, { grappe: scene.grappe.grappeId })
    const finessEj = fictionalFiness(900)
    expect((await scene.porteur.call('POST', url, { name: 'OG Un', finessEj })).status).toBe(201)
    const again = await scene.porteur.call<Refused>('POST', url, { name: 'OG Deux', finessEj })
    expect(again.status).toBe(422)
    expect(again.body.fields?.finessEj).toContain('OG Un')
  })

  it('is added once by a double click', async () => {
    const { grappeId, ogId } = scene.grappe
    const body = { name: 'EHPAD double', finess: fictionalFiness(901), ogId }
    const add = () => scene.porteur.call('POST', fill(API_PATHS.allEsms, { grappe: grappeId }), body)
    const statuses = (await Promise.all([add(), add()])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 422])
  })
})

describe('a folder of calls that cannot be read', () => {
  it('stops the start with the file, the place and the mend', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-appels-'))
    try {
      await writeFile(join(folder, 'casse.yaml'), 'code: casse\ntitle: [oubli\n')
      await writeFile(join(folder, 'incomplet.yaml'), 'code: incomplet\ntitle: Appel incomplet\n')
      const start = promisify(execFile)(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
        env: { ...process.env, DATA_DIR: join(folder, 'donnees'), CALLS_DIR: folder, PORT: '0' },
      })
      const { code, stderr } = await start.then(
        () => ({ code: 0, stderr: '' }),
        (error: { code: number; stderr: string }) => error,
      )
      expect(code).toBe(1)
      expect(read(stderr)).toMatch(/^casse\.yaml, ligne 3 : corrigez l’écriture YAML/)
      expect(read(stderr)).toContain('incomplet.yaml, ligne 1, windows : ajoutez ce champ')
      expect(stderr).not.toContain('    at ')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }, 120_000)
})

describe('what a program writes wrong', () => {
  const said = async (method: 'GET' | 'POST' | 'PUT', url: string, body?: object) => {
    const answer = await scene.porteur.call<{ detail?: string; fields?: Record<string, string> }>(
      method,
      url,
      body,
    )
    return { status: answer.status, detail: answer.body?.detail ?? '', fields: answer.body?.fields ?? {} }
  }

  it('is an address that names nothing, however it is malformed', async () => {
    for (const id of ['grappe', '%00', '%', '%ff', 'x'.repeat(900)]) {
      expect([id, (await said('GET', `/api/v1/grappes/${id}/tableau`)).status]).toEqual([id, 404])
    }
  })

  it('is a field that the address does not know: named, and nothing is done', async () => {
    const url = fill(API_PATHS.links, { grappe: scene.grappe.grappeId })
    const before = await scene.porteur.call<unknown[]>('GET', url)
    const refused = await said('POST', url, { label: 'Instructrice', kind: 'esms' })
    expect(refused.status).toBe(422)
    expect(refused.fields).toEqual({ corps: 'Clé non reconnue : "kind"' })
    expect((await scene.porteur.call<unknown[]>('GET', url)).body).toEqual(before.body)
    const owner = { kind: 'esms', id: scene.grappe.esmsIds[0], nom: 'EHPAD' }
    const nested = { owner, email: 'collegue@exemple.fr' }
    const deep = await said('POST', fill(API_PATHS.contacts, { grappe: scene.grappe.grappeId }), nested)
    expect([deep.status, deep.fields]).toEqual([422, { owner: 'Clé non reconnue : "nom"' }])
  })

  it('is a character that no row holds: the rest of the text is kept', async () => {
    const url = fill(API_PATHS.ogs, { grappe: scene.grappe.grappeId })
    const created = await scene.porteur.call<{ id: string }>('POST', url, {
      name: 'Asso\u0000ciation \ud800 nulle',
    })
    expect(created.status).toBe(201)
    const { body } = await scene.porteur.call<{ ogs: Array<{ id: string; name: string }> }>(
      'GET',
      fill(API_PATHS.grappe, { grappe: scene.grappe.grappeId }),
    )
    expect(body.ogs.find(({ id }) => id === created.body.id)?.name).toBe('Association \ufffd nulle')
  })

  it('is a body of files whose parts cannot be told apart: refused with what to do', async () => {
    const board = await scene.porteur.call<{ pieces: Array<{ pieceId: string }> }>(
      'GET',
      fill(API_PATHS.board, { grappe: scene.grappe.grappeId }),
    )
    const piece = board.body.pieces[0]?.pieceId ?? ''
    for (const type of ['multipart/form-data', `multipart/form-data; boundary=${'x'.repeat(300)}`]) {
      const answer = await scene.test.app.inject({
        method: 'POST',
        url: fill(API_PATHS.versions, { grappe: scene.grappe.grappeId, piece }),
        headers: { 'content-type': type, authorization: `Bearer ${scene.porteur.token}` },
        payload: '--x\r\n',
      })
      expect([type, answer.statusCode]).toEqual([type, 400])
      expect(answer.json<{ title: string }>().title).toBe('Envoi illisible')
    }
  })
})
