/**
 * Asks the browser to make or to use a passkey when a form is sent, then sends it with the answer. Without
 * this script, or in a browser that has no passkeys, these forms stay hidden and a code by e-mail does it.
 *
 * Hooks: `form[data-passkey]`, the question as JSON; `data-passkey-act`, `create` or `get`; its field `cle`,
 * which takes the answer; `[data-passkey-problem]`, where what went wrong is said; `[data-passkey-without]`,
 * hidden once it works.
 */
const REFUSED =
  'Votre appareil n’a pas donné la clé d’accès\u00a0: vous avez renoncé, ou il n’en a pas pour ce site. ' +
  'Recommencez.'
const KNOWN = 'Cet appareil a déjà une clé d’accès ici\u00a0: elle est dans la liste.'

/** @param {string} act @param {string} question */
async function ask(act, question) {
  const options = JSON.parse(question)
  return act === 'create'
    ? await navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
}

/** @param {HTMLFormElement} form */
function prepare(form) {
  const field = form.elements.namedItem('cle')
  const problem = form.querySelector('[data-passkey-problem]')
  const { passkey = '', passkeyAct = 'get' } = form.dataset
  if (!(field instanceof HTMLInputElement) || problem === null) return
  form.hidden = false
  form.addEventListener('submit', async event => {
    if (field.value !== '') return
    event.preventDefault()
    problem.textContent = ''
    try {
      const answer = await ask(passkeyAct, passkey)
      if (!(answer instanceof PublicKeyCredential)) throw new Error('no passkey')
      field.value = JSON.stringify(answer.toJSON())
      form.requestSubmit()
    } catch (error) {
      problem.textContent =
        error instanceof DOMException && error.name === 'InvalidStateError' ? KNOWN : REFUSED
    }
  })
}

if (typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential) {
  for (const form of document.querySelectorAll('form[data-passkey]'))
    if (form instanceof HTMLFormElement) prepare(form)
  for (const words of document.querySelectorAll('[data-passkey-without]'))
    if (words instanceof HTMLElement) words.hidden = true
}
// Back by the browser's button: an answer serves once.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
