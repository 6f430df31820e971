import { readCallFiles } from '../../server/adapters/call-files.ts'
import type { Call, CallTemplate } from '../../server/domain/call.ts'
import { resolveCall } from '../../server/domain/call.ts'

const { calls } = await readCallFiles('templates/calls')

/** A shipped call, as its file gives it. */
export function shippedTemplate(code: string): CallTemplate {
  const template = calls.find(call => call.code === code)
  if (template === undefined) throw new Error(`No shipped call ${code}`)
  return template
}

/** The same, as a grappe created on that day would copy it. */
export const shippedCall = (code: string, createdOn = '2026-11-22'): Call =>
  resolveCall(shippedTemplate(code), createdOn)
