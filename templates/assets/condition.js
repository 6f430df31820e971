/** Renews the sentence and the members found while a fact is being chosen; nothing is saved by it. */
const WAIT_MS = 250
/** Of what the page keeps of a piece, what its sentence depends on. */
const WHOSE = ['scope', 'exceptPorteur']

const found = document.getElementById('trouve')
let waiting = 0
let asked = 0

/** @param {HTMLFormElement} form */
async function preview(form) {
  const url = form.dataset.condition
  if (url === undefined || found === null) return
  asked += 1
  const turn = asked
  const query = new URLSearchParams()
  const kept = new Set([...form.querySelectorAll('input[data-kept]')].map(each => each.getAttribute('name')))
  for (const [name, value] of new FormData(form)) {
    const isAsked = !kept.has(name) || WHOSE.includes(name)
    if (typeof value === 'string' && name !== 'csrf' && isAsked) query.append(name, value)
  }
  const answer = await fetch(`${url}?${query}`).catch(() => null)
  if (answer === null || !answer.ok || turn !== asked) return
  const drawn = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('trouve')
  if (drawn !== null) found.replaceChildren(...drawn.childNodes)
}

for (const form of document.querySelectorAll('form[data-condition]')) {
  if (!(form instanceof HTMLFormElement)) continue
  form.addEventListener('input', () => {
    window.clearTimeout(waiting)
    waiting = window.setTimeout(() => void preview(form), WAIT_MS)
  })
}
