import { afterAll, describe, expect, it } from 'vitest'
import { ownModelsIn } from '../../server/adapters/own-models/own-models.ts'
import { openReaderProcesses } from '../../server/adapters/reader-process/reader-processes.ts'
import { tagFlaws } from '../../server/domain/kit/check-tags.ts'
import { flawWords } from '../../server/domain/kit/flaw-words.ts'
import { MODELS } from '../../server/domain/kit/models.ts'
import { printed } from '../../server/domain/kit/print.ts'
import { valuesFor } from '../../server/domain/kit/values.ts'
import { pdf } from '../support/files.ts'
import { HARD_NAME, hardKit } from '../support/kit-facts.ts'
import * as files from '../support/own-models.ts'
import { unzip } from '../support/unzip.ts'

const readers = openReaderProcesses()
const models = ownModelsIn(readers)
afterAll(() => readers.close())

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

/** Everything that is said of a file sent in the place of the mandate, a document of an OG. */
async function said(bytes: Buffer): Promise<string[]> {
  const { flaws, filled } = await models.check(bytes)
  return [...flaws, ...tagFlaws(filled, 'og')].map(flaw => plain(flawWords(flaw)))
}

const fieldOf = (instruction: string) =>
  '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>' +
  `<w:r><w:instrText xml:space="preserve"> ${instruction.slice(0, 5)}</w:instrText></w:r>` +
  `<w:r><w:instrText>${instruction.slice(5)}</w:instrText></w:r>` +
  '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'

describe('a model that is sent', () => {
  it.each(MODELS)('$code, as this server has it, is taken', async ({ code, scope }) => {
    const { flaws, filled } = await models.check(await files.realModel(code))
    expect([...flaws, ...tagFlaws(filled, scope)]).toEqual([])
  })

  it.each<[what: string, bytes: () => Promise<Buffer> | Buffer, said: RegExp]>([
    ['a PDF by another name', () => pdf('non'), /n’est pas un document Word/],
    ['any ZIP', () => files.zipped([['a.txt', Buffer.from('a')]]), /n’est pas un document Word/],
    ['nothing', () => Buffer.alloc(0), /n’est pas un document Word/],
    ['a document with a password', files.encrypted, /demande un mot de passe/],
    ['a Word template', files.asWordTemplate, /modèle au sens de Word \(\.dotx\)/],
    ['a macro', files.asMacroDocument, /contient des macros/],
    ['one that is cut', files.cut, /abîmé ou incomplet/],
    ['one with a wrong byte', files.altered, /abîmé ou incomplet/],
    ['a picture of 200 MB', files.inflating, /« word\/media\/image9\.png » dépasse 5 Mo/],
    ['many large pictures', files.manyInflating, /démesuré une fois ouvert/],
    [
      'an external picture',
      () => files.withRelationship('image', 'http://exemple.fr/espion.png'),
      /va chercher quelque chose ailleurs \(« http:\/\/exemple\.fr\/espion\.png »\)/,
    ],
    [
      'an attached template',
      () => files.withRelationship('attachedTemplate', 'file:///C:/a.dotm'),
      /Modèle de document/,
    ],
    ['a frame', () => files.withRelationship('frame', 'http://exemple.fr/'), /rompez cette liaison/],
    [
      'a link to a share',
      () => files.withRelationship('hyperlink', 'file://serveur/x'),
      /seules les adresses web/,
    ],
    [
      'an OLE object',
      () => files.withPart('word/embeddings/oleObject1.bin', 'objet'),
      /objet incorporé.*oleObject1\.bin/,
    ],
    [
      'an OLE object elsewhere',
      () => files.withRelationship('oleObject', 'x.dat', 'Internal'),
      /objet incorporé/,
    ],
    ['ActiveX', () => files.withPart('word/activeX/activeX1.xml', '<a/>'), /objet incorporé/],
    ['a piece of HTML', () => files.withRelationship('aFChunk', 'a.html', 'Internal'), /objet incorporé/],
    [
      'a field that fetches',
      () => files.withBody(fieldOf('INCLUDEPICTURE "http://exemple.fr/a.png"')),
      /Un champ.*INCLUDEPICTURE/,
    ],
    ['a field that asks a program', () => files.withBody(fieldOf('DDEAUTO c:\\\\cmd')), /Un champ.*DDEAUTO/],
    [
      'a DTD',
      () => files.withPart('word/settings.xml', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
      /déclaration DOCTYPE/,
    ],
    ['XML that is none', () => files.withPart('word/footnotes.xml', '<a><b></a>'), /abîmé ou incomplet/],
    ['two parts of one name', files.doubled, /abîmé ou incomplet.*Document\.xml/],
    ['two thousand parts', files.manyParts, /démesuré une fois ouvert/],
    ['a document saved as strict', files.asStrict, /Open XML strict/],
    [
      'an old picture by its address',
      () =>
        files.withBody('<w:p><w:r><w:pict><v:imagedata src="http://exemple.fr/a.png"/></w:pict></w:r></w:p>'),
      /« http:\/\/exemple\.fr\/a\.png »/,
    ],
    [
      'a list in itself',
      () =>
        files.withBody(
          files.paragraph('{#etablissements}{#etablissements}{esms.nom}{/etablissements}{/etablissements}'),
        ),
      /ne peut pas se répéter/,
    ],
    ['a signature', () => files.withPart('_xmlsignatures/sig1.xml', '<a/>'), /signé électroniquement/],
    [
      'a wrong tag',
      () => files.withBody(files.paragraph('{og.representent}')),
      /« \{og\.representent\} », dans le texte, n’existe pas : est-ce « \{og\.representant\} »/,
    ],
    ['a tag of JavaScript', () => files.withBody(files.paragraph('{constructor}')), /n’existe pas/],
    [
      'a wrong tag in a header',
      () => files.withHeader('{grape.nom}'),
      /dans un en-tête.*« \{grappe\.nom\} »/,
    ],
    [
      'a wrong tag in a box',
      () => files.withBody(files.textBox('{og.nim}')),
      /« \{og\.nim\} ».*« \{og\.nom\} »/,
    ],
    [
      'a tag in a note',
      () =>
        files.withPart(
          'word/footnotes.xml',
          `<w:footnotes xmlns:w="x"><w:footnote>${files.paragraph('{og.nom}')}</w:footnote></w:footnotes>`,
        ),
      /dans une note de bas de page, où rien n’est rempli/,
    ],
    [
      'an open brace',
      () => files.withBody(files.paragraph('Bonjour {og.nom')),
      /accolade est seule.*Bonjour \{og\.nom/,
    ],
    ['empty braces', () => files.withBody(files.paragraph('{ }')), /accolades est vide/],
    ['a list left open', () => files.withBody(files.paragraph('{#etablissements}')), /n’est pas fermée/],
    [
      'a fact of another document',
      () => files.withBody(files.paragraph('{verdict.resultat}')),
      /pas de valeur dans un document d’un OG/,
    ],
  ])('refuses %s, and says what to do', async (_, bytes, expected) => {
    const sentences = await said(await bytes())
    expect(sentences.join('\n')).toMatch(expected)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-ZÀ-Ü«].*[.?]$/s)
  })

  it('is told all that is wrong with it at once', async () => {
    const sentences = await said(
      await files.edited(parts => {
        parts.set('word/vbaProject.bin', Buffer.from('macro'))
        parts.set('word/embeddings/a.xlsx', Buffer.from('a'))
        const body = parts.get('word/document.xml')?.toString() ?? ''
        const wrong = `${files.paragraph('{og.nim}')}${files.paragraph('{og.finess')}${files.paragraph('{rien.du.tout}')}`
        parts.set('word/document.xml', Buffer.from(body.replace('<w:body>', `<w:body>${wrong}`)))
      }),
    )
    const all = sentences.join('\n')
    for (const part of ['macros', 'a.xlsx', '{og.nim}', 'vers « {og.finess »', '{rien.du.tout}'])
      expect(all).toContain(part)
    expect(sentences).toHaveLength(5)
  })

  it('may link to the web, and have what Word itself writes', async () => {
    expect(await said(await files.withRelationship('hyperlink', 'https://esante.gouv.fr/'))).toEqual([])
    expect(await said(await files.withBody(fieldOf('HYPERLINK "https://esante.gouv.fr/link"')))).toEqual([])
    expect(await said(await files.withPart('word/printerSettings1.bin', 'a'))).toEqual([])
  })
})

describe('a model that is filled in', () => {
  const values = printed(valuesFor(hardKit(), { scope: 'og', id: 'og-0', name: HARD_NAME }))
  const escaped = HARD_NAME.replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&apos;')

  async function textOf(model: Buffer, part = 'word/document.xml'): Promise<string> {
    const filled = await models.fill(model, values)
    if (!filled.ok) throw new Error(filled.why)
    const xml = (await unzip(filled.bytes)).get(part)?.toString() ?? ''
    return xml.replace(/<[^>]+>/g, '')
  }

  it('joins a tag that Word split, and keeps a hard name as it is', async () => {
    expect(await textOf(await files.withBody(files.SPLIT_TAG))).toContain(`Pour ${escaped} !`)
  })

  it('is filled in in headers and boxes, for new and old readers alike', async () => {
    expect(await textOf(await files.withHeader('De {grappe.nom}'), 'word/header1.xml')).toContain(
      `De ${escaped}`,
    )
    const text = await textOf(await files.withBody(files.textBox('Ici {og.nom}')))
    expect(text.split(`Ici ${escaped}`)).toHaveLength(3)
  })

  it('holds 49 members in one row of a table', async () => {
    const row = `<w:tbl><w:tr><w:tc>${files.paragraph('{#etablissements}{esms.rang};{/etablissements}')}</w:tc></w:tr></w:tbl>`
    const text = await textOf(await files.withBody(row))
    expect(text).toContain(Array.from({ length: 49 }, (_, rank) => `${rank + 1};`).join(''))
  })

  it('says so when its lists and its tables do not fit', async () => {
    const cell = (text: string) => `<w:tc>${files.paragraph(text)}</w:tc>`
    const across = `${files.paragraph('{#etablissements}')}<w:tbl><w:tr>${cell('{/etablissements}')}</w:tr></w:tbl>`
    const filled = await models.fill(await files.withBody(across), values)
    expect(filled).toMatchObject({ ok: false })
  })

  it('that cannot be read is told, and fails nothing', async () => {
    expect(await models.fill('/nulle/part.docx', values)).toEqual({ ok: false, why: 'unfillable' })
  })
})
