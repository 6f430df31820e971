import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { storedZip } from '../../server/adapters/dossier/zip-writer.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { depositEverywhere, type SealBody, sealVersion } from '../support/sealed.ts'

let test: TestApp
let porteur: ApiClient
let folder: string
let version: SealBody
let zip: Buffer
let base: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grappe-kit-verifier-'))
  test = await startApp()
  porteur = await test.porteur()
  const { grappeId } = await createTestGrappe(porteur, 2)
  await depositEverywhere(porteur, grappeId)
  version = await sealVersion(test, porteur, grappeId)
  zip = (await porteur.call('GET', fill(API_PATHS.sealZip, { grappe: grappeId, number: '1' }))).raw
  base = await test.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await test.close()
  await rm(folder, { recursive: true })
})

/** The command as a person types it: its exit code and all that it says. */
async function verify(bytes: Buffer, ...options: string[]): Promise<{ code: number; said: string }> {
  const path = join(folder, 'dossier.zip')
  await writeFile(path, bytes)
  const command = ['--import', 'tsx', 'scripts/verify.ts', path, ...options]
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command)
    return { code: 0, said: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, said: stdout + stderr }
  }
}

async function contentsOf(bytes: Buffer): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>()
  for await (const entry of (await yauzl.fromBufferPromise(bytes)).eachEntry()) {
    const chunks: Buffer[] = []
    const file = await yauzl.fromBufferPromise(bytes)
    for await (const chunk of await file.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    contents.set(entry.fileName, Buffer.concat(chunks))
  }
  return contents
}

/** A ZIP as a forger would make it: valid, of other contents. */
async function zipOf(contents: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const files = [...contents].map(([path, bytes]) => ({
    path,
    sha256: path,
    crc32: crc32(bytes),
    size: bytes.length,
  }))
  const read = async (path: string, position: number, target: Uint8Array) =>
    contents.get(path)?.copy(target, 0, position) ?? 0
  const chunks: Buffer[] = []
  for await (const chunk of storedZip(files, new Date('2026-06-01')).chunks(read))
    chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

describe('npm run verify', () => {
  it('finds nothing to say of what was sealed, alone, with the seal of the mail, and with the server', async () => {
    const alone = await verify(zip)
    expect(alone).toMatchObject({ code: 0 })
    expect(alone.said).toContain(version.seal)
    expect((await verify(zip, '--sceau', version.seal)).said).toContain('C’est bien le sceau attendu')
    const compared = await verify(zip, '--serveur', base)
    expect(compared.code).toBe(0)
    expect(compared.said).toContain('identique, à l’octet près')
  })

  it('names the file of which one byte was altered, with no server', async () => {
    const altered = Buffer.from(zip)
    const at = altered.indexOf('%PDF') + 50
    altered[at] = (altered[at] ?? 0) ^ 1
    const { code, said } = await verify(altered)
    expect(code).toBe(1)
    expect(said).toMatch(/✗ 03_ESMS\/.+\.pdf : contenu différent/)
  })

  it('names the entry that was removed, and the one that was added', async () => {
    const contents = await contentsOf(zip)
    const removed = [...contents.keys()].find(path => path.startsWith('03_ESMS')) ?? ''
    contents.delete(removed)
    contents.set('03_ESMS/intruse.pdf', Buffer.from('intruse'))
    const { code, said } = await verify(await zipOf(contents))
    expect(code).toBe(1)
    expect(said).toContain(`✗ ${removed} : absent du ZIP`)
    expect(said).toContain('✗ 03_ESMS/intruse.pdf : en trop dans le ZIP')
  })

  it('is not fooled by sums that were made anew: the seal or the server tells', async () => {
    const contents = await contentsOf(zip)
    const forged = [...contents.keys()].find(path => path.startsWith('03_ESMS')) ?? ''
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const before = sha256(contents.get(forged) ?? Buffer.alloc(0))
    const bytes = Buffer.from('faux')
    const anew = (path: string) =>
      Buffer.from((contents.get(path)?.toString() ?? '').replaceAll(before, sha256(bytes)))
    contents.set(forged, bytes)
    contents.set('SHA256SUMS', anew('SHA256SUMS'))
    // Its size in the manifest no longer matters: the sum is what is compared.
    expect((await verify(await zipOf(contents))).said).toContain(`✗ ${forged} : contenu différent`)

    contents.set('00_SCEAU.txt', anew('00_SCEAU.txt'))
    const sums = contents.get('SHA256SUMS')?.toString() ?? ''
    const manifest = sha256(contents.get('00_SCEAU.txt') ?? bytes)
    contents.set('SHA256SUMS', Buffer.from(sums.replace(version.seal, manifest)))
    const whole = await zipOf(contents)
    expect((await verify(whole)).code).toBe(0)
    expect((await verify(whole, '--sceau', version.seal)).said).toContain('✗ Le sceau attendu était')
    expect((await verify(whole, '--serveur', base)).said).toContain('ne connaît aucune version sous ce sceau')
  })

  it('says of a truncated file that it is cut, and of no file how to ask', async () => {
    const cut = await verify(zip.subarray(0, zip.length - 1000))
    expect(cut.code).toBe(2)
    expect(cut.said).toContain('coupé ou abîmé')
    const command = [process.execPath, ['--import', 'tsx', 'scripts/verify.ts']] as const
    const asked = await promisify(execFile)(...command).catch(
      (error: { code: number; stderr: string }) => error,
    )
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') })
  })
})

describe('the page where a dossier is verified', () => {
  it('tells anybody what was sealed under a seal, and compares a list file by file', async () => {
    const visitor = openBrowser(test)
    const empty = await visitor.get(urlTo('verify'))
    expect(textOf(empty)).toContain('sha256sum -c SHA256SUMS')
    const known = await visitor.get(`${urlTo('verify')}?sceau=${version.seal}`)
    expect(known.html).toContain(version.zipSha256)
    const sums = (await contentsOf(zip)).get('SHA256SUMS')?.toString() ?? ''
    const same = await visitor.submit(urlTo('verify'), { sceau: version.seal, sommes: sums })
    expect(textOf(same)).toContain('Chaque fichier est celui qui a été scellé')
    const lines = sums.trim().split('\n')
    const other = [...lines.slice(1), `${'0'.repeat(64)}  intrus.pdf`]
    other[1] = `${'1'.repeat(64)}${other[1]?.slice(64)}`
    const differs = await visitor.submit(urlTo('verify'), { sceau: version.seal, sommes: other.join('\n') })
    for (const word of ['absent', 'contenu différent', 'intrus.pdf']) expect(textOf(differs)).toContain(word)
  })

  it('says what to do with a seal that is unknown or not whole', async () => {
    const visitor = openBrowser(test)
    const unknown = await visitor.get(`${urlTo('verify')}?sceau=${'a'.repeat(64)}`)
    expect(textOf(unknown)).toContain('Aucune version scellée ici ne porte ce sceau')
    const short = await visitor.get(`${urlTo('verify')}?sceau=abc`)
    expect(textOf(short)).toContain('64 chiffres')
    expect(
      (await test.bearer('').call('GET', fill(API_PATHS.sealByHash, { hash: 'a'.repeat(64) }))).status,
    ).toBe(404)
  })
})

describe('coreutils', () => {
  it('checks the sums of the unpacked ZIP', async () => {
    const out = join(folder, 'ouvert')
    const contents = await contentsOf(zip)
    for (const [path, bytes] of contents) {
      await mkdir(dirname(join(out, path)), { recursive: true })
      await writeFile(join(out, path), bytes)
    }
    await promisify(execFile)('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: out })
    const { stdout } = await promisify(execFile)('sha256sum', ['00_SCEAU.txt'], { cwd: out })
    expect(stdout).toContain(version.seal)
    expect(await readFile(join(out, '00_A_LIRE.txt'), 'utf8')).toContain(version.seal)
  })
})
