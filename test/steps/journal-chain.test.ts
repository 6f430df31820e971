/** The journal proved: what the database chains and refuses, and what a change behind its back shows. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { journal, seals } from '../../schema/tables.ts'
import { runJournal } from '../../scripts/journal.ts'
import { brokenAt, readChain } from '../../server/steps/read/journal-chain.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { depositOn, esmsPieces, type SealBody, sealVersion } from '../support/sealed.ts'

let test: TestApp
let porteur: ApiClient
let grappe: string
let piece: string
let sealed: SealBody
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grappe-kit-journal-'))
  test = await startApp()
  porteur = await test.porteur()
  grappe = (await createTestGrappe(porteur, 3, 'Grappe « du Sud »')).grappeId
  await createTestGrappe(porteur, 1, 'Autre grappe')
  piece = (await esmsPieces(porteur, grappe))[0]?.pieceId ?? ''
  await depositOn(porteur, grappe, piece, await pdf('un'))
  sealed = await sealVersion(test, porteur, grappe)
})
afterAll(async () => {
  await test.close()
  await rm(folder, { recursive: true, force: true })
})

async function command(...args: string[]): Promise<{ code: number; text: string }> {
  const out = new PassThrough()
  const code = await runJournal(args, test.config, { out, err: out }, test.context)
  return { code, text: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
}

const lines = () => readChain(test.context.db, grappe)

/** What somebody does who owns the database, and takes its guard away. */
async function behindItsBack(act: () => Promise<unknown>): Promise<void> {
  const { db } = test.context
  await db.execute(sql`alter table journal disable trigger user`)
  try {
    await act()
  } finally {
    await db.execute(sql`alter table journal enable trigger user`)
  }
}

describe('the journal', () => {
  it('chains every line to the one before, also those written at once and at the same moment', async () => {
    const before = (await lines()).length
    const given = Array.from({ length: 4 }, async (_, i) =>
      depositOn(porteur, grappe, piece, await pdf(`ensemble ${i}`)),
    )
    await Promise.all(given)
    const all = await lines()
    expect(all.length).toBe(before + 4)
    expect(brokenAt(all)).toBeNull()
    expect(new Set(all.map(({ salt }) => salt)).size).toBe(all.length)
  })

  it.each([
    ['changed', sql`update journal set actor = 'Autre'`],
    ['deleted', sql`delete from journal`],
    ['emptied', sql`truncate journal`],
    ['lost with its grappe', sql`delete from grappes`],
  ])('refuses to be %s', async (_, statement) => {
    const before = await lines()
    const refused = await test.context.db.execute(statement).then(
      () => null,
      (error: Error) => String(error.cause),
    )
    expect(refused).toContain('append-only')
    expect(await lines()).toEqual(before)
  })

  it('has its head in the manifest of what is sealed', async () => {
    const all = await lines()
    const [seal] = await test.context.db.select().from(seals).where(eq(seals.grappeId, grappe))
    const head = seal?.plan.journalHead
    expect(all[(head?.lines ?? 0) - 1]?.hash).toBe(head?.hash)
    const manifest = await manifestOf(sealed)
    expect(manifest).toContain(`\njournal ${head?.lines} ${head?.hash}\n`)
  })
})

async function manifestOf({ version }: SealBody): Promise<string> {
  const zip = await test.app.inject({
    url: `/api/v1/grappes/${grappe}/versions/${version}/dossier.zip`,
    headers: { authorization: `Bearer ${porteur.token}` },
  })
  return zip.rawPayload.toString('latin1')
}

describe('npm run journal -- verify', () => {
  it('finds every journal whole, and counts the seals that say so', async () => {
    const told = await command('verify')
    expect(told.code).toBe(0)
    expect(told.text).toMatch(/✓ Grappe « du Sud » \(.+\) : lignes : \d+, sceaux qui le confirment : 1/)
    expect(told.text).toMatch(/✓ Autre grappe/)
  })

  it.each<[string, (id: number) => Promise<unknown>, RegExp]>([
    [
      'an actor changed',
      id => test.context.db.update(journal).set({ actor: 'Autre' }).where(eq(journal.id, id)),
      /La ligne 3 n’est pas celle/,
    ],
    [
      'a fact changed',
      id =>
        test.context.db.execute(
          sql`update journal set facts = facts || '{"esmsName": "Autre"}' where id = ${id}`,
        ),
      /La ligne 3 n’est pas celle/,
    ],
    [
      'another moment',
      id => test.context.db.execute(sql`update journal set at = at - interval '1 hour' where id = ${id}`),
      /La ligne 3 n’est pas celle/,
    ],
    [
      'a line taken out',
      id => test.context.db.delete(journal).where(eq(journal.id, id)),
      /La ligne 3 n’est pas celle.*\n.*version 1 témoigne/,
    ],
    [
      'the whole journal taken out',
      () => test.context.db.delete(journal).where(eq(journal.grappeId, grappe)),
      /lignes : 0, sceaux qui le confirment : 0\n.*version 1 témoigne d’un autre journal/,
    ],
  ])('names the line and the seal of %s', async (_, damage, sentence) => {
    const kept = await test.context.db
      .select()
      .from(journal)
      .where(eq(journal.grappeId, grappe))
      .orderBy(journal.id)
    await behindItsBack(() => damage(kept[2]?.id ?? 0))
    const told = await command('verify')
    await behindItsBack(async () => {
      await test.context.db.delete(journal).where(eq(journal.grappeId, grappe))
      await test.context.db.insert(journal).overridingSystemValue().values(kept)
    })
    expect([told.code, told.text]).toEqual([1, expect.stringMatching(sentence)])
    expect(told.text).toMatch(/✓ Autre grappe/)
    expect((await command('verify')).code).toBe(0)
  })
})

describe('npm run journal -- export', () => {
  it('writes a journal that is verified with no server, and shows a change', async () => {
    const path = join(folder, 'journal.ndjson')
    const written = await command('export', '--grappe', grappe, '--to', path)
    const head = (await lines()).at(-1)?.hash
    expect([written.code, written.text]).toEqual([0, expect.stringContaining(`jusqu’à ${head}`)])
    expect((await command('verify', path)).text).toContain(`jusqu’à ${head}`)
    expect((await command('export', '--grappe', grappe, '--to', path)).text).toContain('existe déjà')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('Grappe', 'Grappes'))
    expect(await command('verify', path)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/✗.*la ligne 1 /),
    })
    await writeFile(path, '')
    expect((await command('verify', path)).code).toBe(1)
    await writeFile(path, `${text}{"coupé`)
    expect(await command('verify', path)).toMatchObject({ code: 1, text: expect.stringMatching(/✗/) })
  })

  it.each([
    [[], 'Usage'],
    [['export'], 'Usage'],
    [['export', '--grappe', 'x', '--to', 'y'], 'Usage'],
    [['verify', 'a', 'b'], 'Usage'],
    [['verify', 'nulle-part'], 'n’existe pas'],
    [['export', '--grappe', '00000000-0000-4000-8000-000000000000', '--to', 'y'], 'rien n’a été écrit'],
  ])('%j is told what is wrong', async (args, sentence) => {
    expect(await command(...args)).toMatchObject({ code: 1, text: expect.stringContaining(sentence) })
  })
})
