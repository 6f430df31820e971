/** The identity card of the group, when a piece of the grappe awaits it: written, drawn, deposited. */
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { formAnswer, keptAnswersAnswer, kitAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { grappes } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { Governance } from '../../server/domain/governance/governance.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { sealVersion } from '../support/sealed.ts'

type FormBody = z.infer<typeof formAnswer>
type KeptBody = z.infer<typeof keptAnswersAnswer>

let test: TestApp
let api: ApiClient
let grappe: TestGrappe
let porteur: PageClient
let piece: string

const at = () => ({ grappe: grappe.grappeId })
const form = async () => (await api.call<FormBody>('GET', fill(API_PATHS.pieceForm, { ...at(), piece }))).body
const write = (answers: object[]) =>
  api.call<KeptBody>('PUT', fill(API_PATHS.pieceForm, { ...at(), piece }), { answers })
const governance = async () =>
  (await api.call<{ parts: Governance }>('GET', fill(API_PATHS.governance, at()))).body.parts
const identity = async (value: object) => {
  const { identite } = await governance()
  return await api.call('PUT', fill(API_PATHS.governance, at()), {
    ...{ seen: identite.revision, part: 'identite', value: { ...identite.value, ...value } },
  })
}
const deposit = async () =>
  await api.call<z.infer<typeof receivedAnswer>>(
    'POST',
    fill(API_PATHS.depositPieceForm, { ...at(), piece }),
    { seen: (await form()).revision },
  )

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
  grappe = await createTestGrappe(api, 2)
  const asked = {
    acte: 'ajouter',
    code: 'fiche-identite',
    basis: 'Message de l’ARS du 3 juin 2026',
    piece: {
      ...{ name: 'Fiche d’identité du groupement', explanation: 'Les dix rubriques.', scope: 'grappe' },
      ...{ condition: null, required: false, formats: ['pdf'], maxFileMb: 20, severalFiles: false },
      ...{ signatory: null, deadlineOn: null },
    },
  }
  const shown = await api.call<{ seen: string }>('POST', fill(API_PATHS.adaptations, at()), asked)
  const added = await api.call('POST', fill(API_PATHS.adaptations, at()), { ...asked, seen: shown.body.seen })
  expect([added.status, shown.raw.toString()]).toEqual([201, expect.any(String)])
  const board = await api.call<{ pieces: { pieceId: string; code: string }[] }>(
    'GET',
    fill(API_PATHS.board, at()),
  )
  piece = board.body.pieces.find(({ code }) => code === 'fiche-identite')?.pieceId ?? ''
})
afterAll(() => test.close())

describe('the identity card of the group', () => {
  it('is answered from the page of its piece, and Gouvernance shows the same answers', async () => {
    const page = await porteur.get(urlTo('piece', { ...at(), piece }))
    expect(page.html).toContain(urlTo('pieceForm', { ...at(), piece }))
    await porteur.get(urlTo('pieceForm', { ...at(), piece }))
    const saved = await porteur.submit(urlTo('pieceForm', { ...at(), piece }), {
      'vu.public': '0',
      'r.public': 'Adultes <b>& "tous"\r\nà domicile 🏡',
      'vu.personnes': '0',
      'r.personnes': 'ne sait pas',
    })
    expect(saved.status).toBe(303)
    const { identite } = await governance()
    expect(identite).toMatchObject({ revision: 1, value: { personnes: 'ne sait pas', objet: null } })
    expect(identite.value.public).toBe('Adultes <b>& "tous"\nà domicile 🏡')
    const shown = await porteur.get(urlTo('governance', at()))
    expect(shown.html).toContain('Adultes &lt;b>&amp;')
    expect(shown.html).toContain(urlTo('depositPieceForm', { ...at(), piece }))

    await identity({ objet: 'Choisir ensemble' })
    const { fields } = await form()
    expect(fields.map(({ field, answer }) => [field, answer?.type ?? null])).toEqual([
      ['public', 'text'],
      ['objet', 'text'],
      ['personnes', 'unknown'],
      ['entree', null],
      ['gouvernance', null],
    ])
    expect(fields[1]).toMatchObject({ by: 'le porteur', revision: 1, part: '6. Objet de la coopération' })
  })

  it('lets two people write two rubrics, and tells the second of one what the first wrote', async () => {
    const before = await form()
    const revisionOf = (id: string) => before.fields.find(({ field }) => field === id)?.revision ?? 0
    await identity({ entree: 'Accord de tous' })
    const other = await write([
      { field: 'gouvernance', seen: revisionOf('gouvernance'), value: 'Un COPIL par mois' },
    ])
    expect(other.body.saved).toHaveLength(1)
    const late = await write([{ field: 'entree', seen: revisionOf('entree'), value: 'Vote' }])
    expect(late.body.conflicts).toMatchObject([{ field: 'entree', answer: { text: 'Accord de tous' } }])
    const long = await write([{ field: 'objet', seen: revisionOf('objet'), value: 'é'.repeat(1001) }])
    expect(long.body.refused[0]?.message).toContain('1000 caractères au plus, elle en a 1001')
    const { identite } = await governance()
    expect(identite.value).toMatchObject({ entree: 'Accord de tous', gouvernance: 'Un COPIL par mois' })
    expect(identite.value.objet).toBe('Choisir ensemble')
  })

  it('is deposited as a PDF with its answers, which the workbooks of the porteur and the ARS tell', async () => {
    const stale = await api.call('POST', fill(API_PATHS.depositPieceForm, { ...at(), piece }), { seen: 1 })
    expect(stale.status).toBe(409)
    const received = await deposit()
    expect(received.status).toBe(201)
    expect(received.body.version.files.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^Fiche-identite_.*\.pdf$/),
    ])
    expect((await form()).deposited).toEqual({ changed: 0 })
    const told = async (raw: Buffer) => {
      const workbook = new ExcelJS.Workbook()
      await workbook.xlsx.load(raw as never)
      const lines: string[] = []
      workbook.getWorksheet('Réponses')?.eachRow(row => lines.push(String(row.values)))
      return lines.join('\n')
    }
    const own = await told((await api.call('GET', fill(API_PATHS.dossierXlsx, at()))).raw)
    expect(own).toContain('Choisir ensemble')
    expect(own).toContain('4. Public accueilli')
    expect(own).toContain('le porteur')
    const { version } = await sealVersion(test, api, grappe.grappeId)
    const sealed = fill(API_PATHS.sealXlsx, { ...at(), number: String(version) })
    expect(await told((await api.call('GET', sealed)).raw)).toContain('Un COPIL par mois')
  })

  it('is flagged by name and by difference once what it told has changed, until it is deposited again', async () => {
    const returned = async () =>
      (await api.call<z.infer<typeof kitAnswer>>('GET', fill(API_PATHS.documents, at()))).body.flatMap(
        ({ model, returned: found }) => (found === null ? [] : [[model, found.changes.join(' ')]]),
      )
    expect(await returned()).toEqual([])
    test.setNow('2026-06-02T10:00:00.000Z')
    await identity({ objet: 'Choisir et former' })
    expect((await form()).deposited).toEqual({ changed: 1 })
    expect(await returned()).toEqual([['fiche-identite', expect.stringContaining('Choisir ensemble')]])
    const page = textOf(await porteur.get(urlTo('piece', { ...at(), piece })))
    expect(page).toContain('Ce document a été rempli à l’écran, puis déposé le')
    expect(page).toContain('aujourd’hui « Choisir et former »')
    expect((await deposit()).status).toBe(201)
    expect(await returned()).toEqual([])
  })

  it('tells the rubrics of before each had its instant, as of when the card was last written', async () => {
    const { identite, ...others } = await governance()
    const { rubrics: _, ...older } = identite
    await test.context.db.update(grappes).set({ governance: { ...others, identite: older } })
    const { fields } = await form()
    expect(fields[0]).toMatchObject({ revision: 1, at: '2026-06-02T10:00:00.000Z' })
    await write([{ field: 'public', seen: 1, value: 'Tous' }])
    expect((await governance()).identite.value.public).toBe('Tous')
  })
})
