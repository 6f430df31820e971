/** A form that a passkey answers; `assets/passkey.js` shows it where the browser has passkeys. */
import type { ComponentChildren, JSX } from 'preact'

interface PasskeyFormProps {
  action: string
  act: 'create' | 'get'
  /** What the browser is to answer, as JSON. */
  question: string
  button: string
  /** Hidden fields, and what is to be read first. */
  children: ComponentChildren
}

export function PasskeyForm({ action, act, question, button, children }: PasskeyFormProps): JSX.Element {
  return (
    <form class="card" method="post" action={action} data-passkey={question} data-passkey-act={act} hidden>
      {children}
      <input type="hidden" name="cle" value="" />
      <p class="error" role="alert" data-passkey-problem />
      <p class="actions">
        <button type="submit">{button}</button>
      </p>
    </form>
  )
}
