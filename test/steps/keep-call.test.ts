import { afterAll, beforeAll, expect, it } from 'vitest'
import { keepCall } from '../../server/steps/keep-call.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'

let test: TestApp
beforeAll(async () => {
  test = await startApp()
})
afterAll(() => test?.close())

it('a copy of a call that could not be read back is never written: the grappe opens as before', async () => {
  const { db } = test.context
  const { grappeId } = await createTestGrappe(await test.porteur(), 1)
  const call = (await readGrappe(db, grappeId))?.call
  if (call === undefined) throw new Error('no call')
  await expect(keepCall(db, grappeId, { ...call, title: 'x'.repeat(300) })).rejects.toThrow(
    /read back: title/,
  )
  expect((await readGrappe(db, grappeId))?.call).toEqual(call)
  await keepCall(db, grappeId, { ...call, title: 'Autre titre' })
  expect((await readGrappe(db, grappeId))?.call.title).toBe('Autre titre')
})
