/** What a change of the call does is read before it is confirmed, whichever form asked for it. */
import { CallPreviewPage } from '../../../../templates/pages/porteur/call-preview.tsx'
import type { FormValues } from '../../../domain/call-form.ts'
import type { ToConfirm } from '../../../steps/read/preview-call.ts'
import { sendPage } from '../page.ts'
import type { GrappeVisit } from './access.ts'

/** @param values what the form sent, to be sent again to `action` with the confirmation. */
export function sendPreview(
  { scope, reply, frame }: GrappeVisit,
  { kind, preview: { words, effect, seen } }: ToConfirm,
  { values, action, back }: { values: FormValues; action: string; back: string },
) {
  const sent = Object.entries(values).filter(([name]) => name !== 'csrf' && name !== 'seen')
  const page = CallPreviewPage({
    frame: frame(),
    grappe: scope,
    words,
    effect,
    changed: kind === 'changed',
    action,
    back,
    values: [...sent.flatMap(([name, held]) => held.map(value => [name, value] as const)), ['seen', seen]],
  })
  return sendPage(reply, page)
}
