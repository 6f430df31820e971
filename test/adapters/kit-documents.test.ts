import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readExampleFiles } from '../../server/adapters/call-files.ts'
import { kitWriterIn } from '../../server/adapters/kit-documents.ts'
import { MODELS } from '../../server/domain/kit/models.ts'
import { missingIn, printed } from '../../server/domain/kit/print.ts'
import { TAGS } from '../../server/domain/kit/tags.ts'
import { type KitFacts, modelsFor, valuesFor } from '../../server/domain/kit/values.ts'
import { exampleKit, HARD_NAME, hardKit, ownersOf } from '../support/kit-facts.ts'
import { unzip } from '../support/unzip.ts'

const FOLDER = 'templates/documents'
const writer = kitWriterIn(FOLDER)
const { examples } = await readExampleFiles('templates/examples')

const partsOf = async (bytes: Buffer): Promise<Map<string, string>> =>
  new Map([...(await unzip(bytes))].map(([path, part]) => [path, part.toString('utf8')]))

const UNESCAPED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const textOf = (xml: string) =>
  [...xml.matchAll(/<w:t(?: [^>]*)?>([^<]*)<\/w:t>|<\/w:p>/g)]
    .map(([, text]) => text ?? '\n')
    .join('')
    .replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => UNESCAPED[name] ?? '')

/** Every document of a kit. */
async function written(facts: KitFacts) {
  const documents = []
  for (const owner of ownersOf(facts)) {
    for (const model of modelsFor(facts, owner)) {
      const values = valuesFor(facts, owner)
      const bytes = await writer.write(model.code, printed(values))
      documents.push({ owner, model, bytes, missing: missingIn(await writer.tagsOf(model.code), values) })
    }
  }
  return documents
}

describe('each model', () => {
  it('is in the folder, and nothing else is', async () => {
    const files = (await readdir(FOLDER)).map(name => name.replace(/\.docx$/, ''))
    expect(files.toSorted()).toEqual(MODELS.map(({ code }) => code).toSorted())
  })

  it.each(MODELS)(
    '$code holds tags of the catalogue alone, each where it stands for something',
    async model => {
      const open: string[] = []
      const wrong: string[] = []
      for (const { name, role } of await writer.tagsOf(model.code)) {
        const tag = TAGS.find(each => each.name === name)
        const lists = open.filter(each =>
          TAGS.some(({ name: list, kind }) => list === each && kind === 'list'),
        )
        const stands =
          tag?.scopes.includes(model.scope) || lists.some(list => tag?.within?.includes(list) === true)
        if (!stands || (role === 'value') !== (tag?.kind === 'fact')) wrong.push(`${role} ${name}`)
        if (role === 'opens') open.push(name)
        if (role === 'closes') open.pop()
      }
      expect(wrong).toEqual([])
      expect((await writer.tagsOf(model.code)).length).toBeGreaterThan(5)
    },
  )

  it.each(MODELS)(
    '$code says that it is a model, has page numbers, and tells of nobody who wrote it',
    async model => {
      const parts = await partsOf(await readFile(join(FOLDER, `${model.code}.docx`)))
      const all = [...parts.values()].join('')
      expect(textOf(all)).toContain('Ce n’est pas un formulaire officiel')
      expect(all).toContain('NUMPAGES')
      expect(parts.get('docProps/core.xml')).not.toMatch(/creator|lastModifiedBy|created|modified/)
      const document = parts.get('word/document.xml') ?? ''
      expect(document).toContain('w:val="Title"')
      for (const row of document.match(/<w:tr>.*?<\/w:tr>/gs) ?? []) expect(row).toContain('<w:cantSplit/>')
      expect(all).not.toMatch(/vbaProject|TargetMode="External"|oleObject/)
    },
  )
})

describe('a document', () => {
  it.each(examples.map(example => ({ code: example.code, example })))(
    'is written for everybody in $code, and tells all that it lacks',
    async ({ example }) => {
      const documents = await written(exampleKit(example))
      expect(documents.length).toBeGreaterThan(2)
      for (const { bytes, missing } of documents) {
        const parts = await partsOf(bytes)
        const text = textOf([...parts.values()].join(''))
        expect(text).not.toMatch(/\{[#/]?\w+\.?\w*\}|undefined|\[object/)
        for (const fact of missing) expect(text).toContain(`[à compléter\u00a0: ${fact.missing}]`)
        const shown = new Set([...text.matchAll(/\[à compléter\u00a0: ([^\]…]+)\]/g)].map(([, fact]) => fact))
        expect(shown).toEqual(new Set(missing.map(fact => fact.missing)))
      }
    },
    120_000,
  )

  it('keeps every name as it is, 49 in one table whose head is repeated', async () => {
    const facts = hardKit()
    const values = printed(valuesFor(facts, { scope: 'og', id: 'og-0', name: HARD_NAME }))
    const parts = await partsOf(await writer.write('mandat-porteur', values))
    const document = parts.get('word/document.xml') ?? ''
    const text = textOf(document)
    for (let order = 0; order < 49; order++) expect(text).toContain(`${HARD_NAME} n° ${order}\n`)
    expect(document).toContain('<w:tblHeader/>')
    expect(document.match(/<w:tr>/g)?.length).toBeGreaterThan(49)
  })

  it('tells the key of the grappe in the convention, and asks for it as long as there is none', async () => {
    const facts = hardKit()
    const article = async (told: KitFacts) => {
      const values = printed(valuesFor(told, { scope: 'grappe', id: null, name: HARD_NAME }))
      const parts = await partsOf(await writer.write('convention-partenariat', values))
      const [, text = ''] = textOf(parts.get('word/document.xml') ?? '').split('Article 7.')
      return text.split('Article 8.')[0]?.replace(/[\u00a0\u202f]/g, ' ') ?? ''
    }
    const known = await article(facts)
    expect(known).toContain('que voici : Les coûts communs sont répartis à parts égales')
    expect(known.match(/1 234,56 €/g)).toHaveLength(2)
    expect(known).not.toContain('une part fixe égale')
    const unknown = await article({ ...facts, sharing: null })
    expect(unknown).toContain('que voici : [à compléter : règle de répartition]')
    expect(unknown).toContain('☐ une part fixe égale de')
    expect(unknown).not.toContain('Part des frais communs')
  })

  it('drops what XML cannot hold, and keeps the rest', async () => {
    const facts = hardKit()
    const esms = facts.esms.map(each => ({ ...each, name: 'A\u0001\ud800B\u00a0C' }))
    const [first] = esms
    const owner = { scope: 'esms' as const, id: first?.id ?? '', name: '' }
    const values = printed(valuesFor({ ...facts, esms }, owner))
    const parts = await partsOf(await writer.write('etat-des-lieux', values))
    expect(textOf(parts.get('word/document.xml') ?? '')).toContain('AB\u00a0C\n')
  })

  it('is in a ZIP that stops short when one of them fails', async () => {
    async function* files() {
      yield { path: 'a/b.docx', bytes: Buffer.from('un') }
      throw new Error('no second')
    }
    const stream = writer.zip(files(), new Date('2026-11-29T10:00:00Z'))
    await expect(stream.toArray()).rejects.toThrow('no second')
  })
})

const soffice = ['/usr/bin/soffice', '/usr/local/bin/soffice'].find(existsSync)

describe.skipIf(soffice === undefined)(
  `by LibreOffice${soffice ? '' : ' (soffice is not installed)'}`,
  () => {
    const run = async (folder: string, format: string, files: string[]) =>
      await promisify(execFile)(soffice ?? '', [
        `-env:UserInstallation=file://${folder}/profil`,
        ...['--headless', '--convert-to', format, '--outdir', folder],
        ...files,
      ])

    it('every model opens, converts to PDF, and once saved by it is still filled in', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kit-office-'))
      try {
        const facts = hardKit()
        const files: string[] = []
        for (const { model, bytes, owner } of await written(facts)) {
          const file = join(folder, `${model.code}.docx`)
          if (files.includes(file) || owner.id === 'og-0') continue
          await writeFile(file, bytes)
          files.push(file)
        }
        await run(folder, 'pdf', files)
        for (const file of files) {
          const pdf = await readFile(file.replace(/docx$/, 'pdf'))
          expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
        }
        const saved = await mkdtemp(join(folder, 'saved-'))
        const templates = MODELS.map(({ code }) => join(process.cwd(), FOLDER, `${code}.docx`))
        await run(saved, 'docx:MS Word 2007 XML', templates)
        const again = kitWriterIn(saved)
        for (const { code } of MODELS) {
          const names = (tags: Awaited<ReturnType<typeof again.tagsOf>>) =>
            tags.map(tag => `${tag.role} ${tag.name}`)
          expect(names(await again.tagsOf(code)).toSorted()).toEqual(
            names(await writer.tagsOf(code)).toSorted(),
          )
        }
        for (const owner of ownersOf(facts).filter(({ id }) => id !== 'og-0')) {
          for (const { code } of modelsFor(facts, owner).slice(0, owner.scope === 'esms' ? 1 : undefined)) {
            const bytes = await again.write(code, printed(valuesFor(facts, owner)))
            const text = textOf((await partsOf(bytes)).get('word/document.xml') ?? '')
            expect(text).toContain(HARD_NAME)
            expect(text).not.toMatch(/\{[#/]?(?!grappe\.nom|#x)\w+\.\w+\}/)
          }
        }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }, 180_000)
  },
)
