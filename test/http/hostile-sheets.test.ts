import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'

interface Refused {
  fields: Record<string, string>
}

let test: TestApp
let porteur: ApiClient
let url: string
beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  const { grappeId } = await createTestGrappe(porteur, 1)
  url = fill(API_PATHS.importMembers, { grappe: grappeId })
})
afterAll(() => test.close())

function sheet(bytes: Uint8Array): FormData {
  const form = new FormData()
  form.set('fichier', new File([new Uint8Array(bytes)], 'membres.xlsx'))
  return form
}

it('20,000 lines with a cell in the last column are refused by name while the others are served', async () => {
  const bytes = await readFile('test/fixtures/members/one-cell-in-column-XFD_20000-rows.xlsx')
  let longestMs = 0
  let isOver = false
  const others = (async () => {
    while (!isOver) {
      const began = performance.now()
      await new Promise(resolve => setTimeout(resolve, 10))
      longestMs = Math.max(longestMs, performance.now() - began)
    }
  })()
  const { status, body } = await porteur.upload<Refused>(url, sheet(bytes))
  isOver = true
  await others
  expect(status).toBe(422)
  expect(Object.values(body.fields).join()).toMatch(/La cellule XFD\d+ est remplie, au-delà des 200 colonnes/)
  // It was over a minute. The strict test (test/faults/hostile-files.test.ts) has the machine for itself.
  expect(longestMs).toBeLessThan(10_000)

  const honest = await porteur.upload<{ counts: object }>(
    url,
    sheet(Buffer.from('FINESS;Nom;OG\n990000010;EHPAD;Association')),
  )
  expect(honest.status).toBe(200)
})
