/** PDF files written by hand, byte by byte: neighbours of those seen in the field. */
import { deflateSync } from 'node:zlib'

const FONT = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>'
const stream = (content: string, entries = '') =>
  `<<${entries}/Length ${content.length}>>stream\n${content}\nendstream`
const say = (text: string, y: number) => `BT /F1 18 Tf 60 ${y} Td (${text}) Tj ET\n`

type Objects = Record<number, string>

class Bytes {
  text = '%PDF-1.7\n'
  #last = -1

  objects(objects: Objects): Map<number, number> {
    const places = new Map<number, number>()
    for (const [number, content] of Object.entries(objects)) {
      places.set(Number(number), this.text.length)
      this.text += `${number} 0 obj\n${content}\nendobj\n`
    }
    return places
  }

  table(places: ReadonlyMap<number, number>, free: readonly number[] = [], extra = '') {
    const at = this.text.length
    this.text += 'xref\n0 1\n0000000000 65535 f \n'
    for (const [number, offset] of places)
      this.text += `${number} 1\n${String(offset).padStart(10, '0')} 00000 n \n`
    for (const number of free) this.text += `${number} 1\n0000000000 00001 f \n`
    const previous = this.#last < 0 ? '' : `/Prev ${this.#last}`
    this.text += `trailer\n<</Size 100/Root 1 0 R${previous}${extra}>>\nstartxref\n${at}\n%%EOF\n`
    this.#last = at
  }

  get buffer() {
    return Buffer.from(this.text, 'latin1')
  }
}

function plainPdf(objects: Objects): Buffer {
  const bytes = new Bytes()
  bytes.table(bytes.objects(objects))
  return bytes.buffer
}

function onePage(content: string, { catalog = '', page = '', resources = '', others = {} as Objects } = {}) {
  return {
    1: `<</Type/Catalog/Pages 2 0 R${catalog}>>`,
    2: '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    3:
      `<</Type/Page/Parent 2 0 R${/MediaBox/.test(page) ? '' : '/MediaBox[0 0 595 842]'}${page}` +
      `/Resources<<${resources}/Font<</F1 5 0 R>>>>/Contents 4 0 R>>`,
    4: stream(content),
    5: FONT,
    ...others,
  } satisfies Objects
}

const TWO_LAYERS = { 6: '<</Type/OCG/Name(A)>>', 7: '<</Type/OCG/Name(B)>>' }
const inLayers =
  `${say('Toujours', 700)}` + `/OC /A BDC ${say('Calque A', 600)}EMC /OC /B BDC ${say('Calque B', 500)}EMC`
const layered = (
  config: string,
  { page = '', properties = '/A 6 0 R/B 7 0 R', others = {} as Objects } = {},
) =>
  plainPdf(
    onePage(inLayers, {
      catalog: `/OCProperties<</OCGs[6 0 R 7 0 R]/D<<${config}>>>>`,
      page,
      resources: `/Properties<<${properties}>>`,
      others: { ...TWO_LAYERS, ...others },
    }),
  )

export const layeredPdf = {
  'one hidden': layered('/OFF[7 0 R]'),
  'all hidden but one, by the base state': layered('/BaseState/OFF/ON[6 0 R]'),
  'none hidden': layered('/Order[6 0 R 7 0 R]'),
  'a group of layers, shown when any is': layered('/OFF[7 0 R]', {
    properties: '/A 8 0 R/B 9 0 R',
    others: {
      8: '<</Type/OCMD/OCGs[6 0 R 7 0 R]/P/AnyOn>>',
      9: '<</Type/OCMD/OCGs[6 0 R 7 0 R]/P/AllOn>>',
    },
  }),
  'a nested expression': layered('/OFF[7 0 R]', {
    properties: '/A 8 0 R/B 7 0 R',
    others: { 8: '<</Type/OCMD/VE[/And 6 0 R[/Not 7 0 R]]>>' },
  }),
  'turned by a quarter, cropped off the origin': layered('/OFF[6 0 R]', {
    page: '/MediaBox[-50 -50 595 842]/CropBox[20 30 500 800]/Rotate 90',
  }),
  'an annotation of a hidden layer': layered('/OFF[6 0 R]', {
    page: '/Annots[10 0 R 12 0 R]',
    others: {
      10: '<</Type/Annot/Subtype/Stamp/Rect[60 300 260 340]/F 4/OC 6 0 R/AP<</N 11 0 R>>>>',
      11: stream(
        'BT /F1 18 Tf 4 15 Td (Tampon) Tj ET',
        '/Type/XObject/Subtype/Form/BBox[0 0 200 40]/Resources<</Font<</F1 5 0 R>>>>',
      ),
      12: '<</Type/Annot/Subtype/Stamp/Rect[60 200 260 240]/F 4/OC 7 0 R/AP<</N 11 0 R>>>>',
    },
  }),
  'a drawing of a hidden layer': plainPdf(
    onePage(`${say('Toujours', 700)}/X Do`, {
      catalog: '/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>',
      resources: '/XObject<</X 8 0 R>>',
      others: {
        6: '<</Type/OCG/Name(A)>>',
        8: stream(
          say('Dans le calque', 600),
          '/Type/XObject/Subtype/Form/OC 6 0 R/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>',
        ),
      },
    }),
  ),
}

const field = (entries: string, y: number, height = 24) =>
  `<</Type/Annot/Subtype/Widget/F 4/Rect[60 ${y} 400 ${y + height}]/P 3 0 R/DA(/Helv 12 Tf 0 g)${entries}>>`
const aForm = (fields: readonly string[], { flag = '', others = {} as Objects } = {}) => {
  const numbers = fields.map((_, i) => `${20 + i} 0 R`).join(' ')
  return plainPdf(
    onePage(say('Formulaire', 740), {
      catalog: `/AcroForm<</Fields[${numbers}]/DA(/Helv 12 Tf 0 g)/DR<</Font<</Helv 5 0 R>>>>${flag}>>`,
      page: `/Annots[${numbers}]`,
      others: { ...Object.fromEntries(fields.map((content, i) => [20 + i, content])), ...others },
    }),
  )
}

export const aFormPdf = {
  'centred and on the right': aForm([
    field('/FT/Tx/T(a)/V(Au milieu)/Q 1', 600),
    field('/FT/Tx/T(b)/V(Au bout)/Q 2', 500),
  ]),
  'a border and a colour': aForm([
    field('/FT/Tx/T(a)/V(Encadre)/MK<</BC[1 0 0]/BG[0.8 0.9 1]>>/BS<</W 2>>', 600),
  ]),
  'rich text beside the plain one': aForm([field('/FT/Tx/T(a)/Ff 33554432/V(Simple)/RV(<p>Riche</p>)', 600)]),
  'a choice by its label': aForm([
    field('/FT/Ch/Ff 131072/T(a)/V(c1)/Opt[[(c1)(Corse)][(c2)(Bretagne)]]', 600),
  ]),
  'hidden fields': aForm([field('/FT/Tx/T(a)/V(Cache)', 600).replace('/F 4', '/F 2')]),
  'a value of the parent': aForm([field('/Parent 30 0 R', 600)], {
    others: { 30: '<</FT/Tx/T(p)/V(Du parent)/Kids[20 0 R]>>' },
  }),
  'a field of no kind': aForm([field('/T(a)/V(Rien)', 600)]),
  'a new value over an old drawing': aForm([field('/FT/Tx/T(a)/V(Nouvelle valeur)/AP<</N 31 0 R>>', 600)], {
    flag: '/NeedAppearances true',
    others: {
      31: stream(
        'BT /F1 12 Tf 2 7 Td (Ancienne) Tj ET',
        '/Type/XObject/Subtype/Form/BBox[0 0 340 24]/Resources<</Font<</F1 5 0 R>>>>',
      ),
    },
  }),
  'a box ticked in its drawings': aForm(
    [field('/FT/Btn/T(a)/V/Oui/AS/Oui/AP<</N<</Oui 31 0 R/Off 32 0 R>>>>', 600)],
    {
      others: {
        31: stream('0 0 24 24 re f', '/Type/XObject/Subtype/Form/BBox[0 0 340 24]'),
        32: stream('0 0 24 24 re S', '/Type/XObject/Subtype/Form/BBox[0 0 340 24]'),
      },
    },
  ),
}

function updated(change: (bytes: Bytes, places: Map<number, number>) => void): Buffer {
  const bytes = new Bytes()
  const places = bytes.objects(onePage(say('Montant PERIME', 700)))
  bytes.table(places)
  change(bytes, places)
  return bytes.buffer
}

/** An object stream, and the number of the object that it is. */
const objectStream = (objects: Record<number, string>) => {
  let body = ''
  const head = Object.entries(objects).map(([number, content]) => {
    const at = body.length
    body += `${content} `
    return `${number} ${at}`
  })
  const first = `${head.join(' ')} `
  const packed = deflateSync(Buffer.from(first + body, 'latin1')).toString('latin1')
  return stream(packed, `/Type/ObjStm/N ${head.length}/First ${first.length}/Filter/FlateDecode`)
}

/** Rows of 1, 4 and 2 bytes. */
const xrefStream = (rows: ReadonlyArray<readonly [number, number, number, number]>, previous = '') => {
  const bytes = Buffer.concat(
    rows.map(([, kind, second, third]) => {
      const row = Buffer.alloc(7)
      row.writeUInt8(kind, 0)
      row.writeUInt32BE(second, 1)
      row.writeUInt16BE(third, 5)
      return row
    }),
  )
  const index = rows.map(([number]) => `${number} 1`).join(' ')
  return stream(
    bytes.toString('latin1'),
    `/Type/XRef/Size 100/Root 1 0 R/W[1 4 2]/Index[${index}]${previous}`,
  )
}

function inTwoObjectStreams(): Buffer {
  const page = (contents: number) =>
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>` +
    `/Contents ${contents} 0 R>>`
  const bytes = new Bytes()
  const places = bytes.objects({
    1: '<</Type/Catalog/Pages 2 0 R>>',
    2: '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    4: stream(say('Montant COURANT', 700)),
    5: FONT,
    6: stream(say('Montant PERIME', 700)),
    10: objectStream({ 3: page(4) }),
    11: objectStream({ 3: page(6) }),
  })
  const at = bytes.text.length
  const rows = Array.from(places, ([number, offset]) => [number, 1, offset, 0] as const)
  bytes.objects({ 12: xrefStream([...rows, [3, 2, 10, 0], [12, 1, at, 0]]) })
  bytes.text += `startxref\n${at}\n%%EOF\n`
  return bytes.buffer
}

export const updatedPdf = {
  'a newer content': updated(bytes => bytes.table(bytes.objects({ 4: stream(say('Montant COURANT', 700)) }))),
  'a newer page whose old content is freed': updated(bytes =>
    bytes.table(
      bytes.objects({ 3: onePage('')[3].replace('4 0 R', '8 0 R'), 8: stream(say('COURANT', 650)) }),
      [4],
    ),
  ),
  'a page in two object streams, the older last': inTwoObjectStreams(),
  'an older copy after the table': Buffer.concat([
    plainPdf(onePage(say('Montant COURANT', 700))),
    Buffer.from(`4 0 obj\n${stream(say('Montant PERIME', 700))}\nendobj\n`),
    Buffer.from(
      /startxref\n\d+\n%%EOF\n/.exec(
        plainPdf(onePage(say('Montant COURANT', 700))).toString('latin1'),
      )?.[0] ?? '',
    ),
  ]),
  'lengths that are objects': plainPdf({
    ...onePage(''),
    4: stream(say('endstream dans le texte', 700)).replace(/Length \d+/, 'Length 9 0 R'),
    9: String(say('endstream dans le texte', 700).length),
  }),
  'a broken cross-reference': Buffer.from(
    plainPdf(onePage(say('Retrouve', 700)))
      .toString('latin1')
      .replace(/startxref\n\d+/, 'startxref\n7'),
    'latin1',
  ),
}

export const handwritten = {
  'a transparency group': plainPdf(
    onePage(`/G gs ${say('Transparent', 700)}0 0 1 rg 60 500 200 100 re f`, {
      page: '/Group<</S/Transparency/CS/DeviceRGB/I true/K false>>',
      resources: '/ExtGState<</G<</ca 0.4>>>>',
    }),
  ),
  'a larger unit': plainPdf(onePage(say('Grand', 300), { page: '/MediaBox[0 0 300 400]/UserUnit 2' })),
  'upside down, its box off the origin': plainPdf(
    onePage(say('Renverse', 300), { page: '/MediaBox[-100 -200 500 600]/CropBox[0 0 400 500]/Rotate 180' }),
  ),
}

export const missingPart = plainPdf({
  ...onePage(say('Partie', 700)),
  3: onePage('')[3].replace('/Contents 4 0 R', '/Contents[4 0 R 77 0 R]'),
})
