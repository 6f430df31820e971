/**
 * Chooses many things at once: by row, by column, and says how many. Without this script each has its own
 * box, and the form works as it is.
 *
 * Hooks: `form[data-choice]` with its button and `[data-choice-told]`, the boxes `input[name=choix]` in lines
 * of a `table.matrix`, and `input[data-choose-all=row|column]` in their heads. `data-choice` is JSON, its
 * words with `{n}` boxes and `{chosen}` of them: `none` (one box, several), `some`, `button` (none, one,
 * several). Hears `board:changed` and `board:filtered`.
 */

const choiceForm = document.querySelector('form[data-choice]')

/** @param {ParentNode} within @param {string} selector */
const boxesIn = (within, selector) =>
  [...within.querySelectorAll(selector)].filter(box => box instanceof HTMLInputElement)

/** The boxes that a head chooses; those of lines that the filter hides are left alone. */
function boxesOf(/** @type {HTMLInputElement} */ head) {
  const line = head.closest('tr')
  if (head.dataset.chooseAll === 'row') return line === null ? [] : boxesIn(line, 'input[name=choix]')
  const column = head.closest('th')?.cellIndex ?? -1
  const lines = [...(head.closest('table')?.tBodies[0]?.rows ?? [])].filter(({ hidden }) => !hidden)
  return lines.flatMap(({ cells }) => {
    const cell = cells[column]
    return cell === undefined ? [] : boxesIn(cell, 'input[name=choix]')
  })
}

/** @param {HTMLFormElement} choice */
function followChoice(choice) {
  const button = choice.querySelector('button')
  const told = choice.querySelector('[data-choice-told]')
  /** @type {{ none: [string, string], some: string, button: [string, string, string] }} */
  const words = JSON.parse(choice.dataset.choice ?? '{}')

  function count() {
    const boxes = boxesIn(document, 'input[name=choix]')
    for (const box of boxes) {
      // What is not seen is not accepted.
      if (box.checked && box.closest('tr[hidden]') !== null) box.checked = false
    }
    for (const head of boxesIn(document, 'input[data-choose-all]')) {
      const own = boxesOf(head)
      const chosen = own.filter(({ checked }) => checked).length
      head.checked = own.length > 0 && chosen === own.length
      head.indeterminate = chosen > 0 && chosen < own.length
    }
    const chosen = boxes.filter(({ checked }) => checked).length
    choice.hidden = boxes.length === 0
    choice.classList.toggle('chosen-some', chosen > 0)
    const say = (/** @type {string} */ text) =>
      text.replace('{n}', String(boxes.length)).replace('{chosen}', String(chosen))
    if (button) button.textContent = say(words.button[chosen === 0 ? 0 : chosen === 1 ? 1 : 2])
    if (told) told.textContent = say(chosen === 0 ? words.none[boxes.length < 2 ? 0 : 1] : words.some)
  }

  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== 'checkbox') return
    if (target.dataset.chooseAll !== undefined) {
      for (const box of boxesOf(target)) box.checked = target.checked
      count()
    } else if (target.name === 'choix') count()
  })
  document.addEventListener('board:changed', count)
  document.addEventListener('board:filtered', count)
  document.documentElement.classList.add('chooses')
  // A browser that comes back to the page ticks the boxes again by itself.
  addEventListener('pageshow', count)
  count()
}

if (choiceForm instanceof HTMLFormElement) followChoice(choiceForm)
