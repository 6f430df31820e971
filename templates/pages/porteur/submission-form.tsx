/** What the forms of the page « Dépôt et suites » share. */
import type { ComponentChildren } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { centsWords } from '../../../server/domain/sharing/words.ts'
import { Csrf } from '../components.tsx'
import type { SubmissionProps } from './submission-props.ts'

/** One form of the page: each names its fields after itself, since ids are unique in a page. */
export interface FormOf {
  props: SubmissionProps
  form: string
}

export const initial = ({ props: { refused }, form }: FormOf, name: string, value: string) => ({
  name: `${form}-${name}`,
  value: refused?.form === form ? (refused.values[`${form}-${name}`] ?? '') : value,
  errors: refused?.form === form ? refused.errors : [],
})

export function ActForm({
  props: { frame, grappe, revision },
  form,
  hidden = {},
  children,
}: FormOf & { hidden?: Readonly<Record<string, string>>; children: ComponentChildren }) {
  return (
    <form method="post" action={urlTo('submission', { grappe: grappe.grappeId })}>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="seen" value={revision} />
      <input type="hidden" name="form" value={form} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}

export const REFERENCE_HINT = 'Un numéro de dossier, d’accusé, de notification…'

export const amount = (cents: number | null | undefined) => (cents == null ? '' : centsWords(cents))

export const AMOUNT_HINT = 'En euros, comme 1 234,56. Vide : pas connu.'
