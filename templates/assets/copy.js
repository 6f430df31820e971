/**
 * Shows the « Copier » button of `[data-copy]`. Without this script the value is selected and copied by hand.
 */

for (const field of document.querySelectorAll('[data-copy]')) {
  const input = field.querySelector('input, textarea')
  const button = field.querySelector('[data-copy-button]')
  const status = field.querySelector('[data-copy-status]')
  if (!(input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement)) continue
  if (!(button instanceof HTMLButtonElement) || !status) continue

  button.hidden = false
  button.addEventListener('click', async () => {
    input.select()
    try {
      await navigator.clipboard.writeText(input.value)
      status.textContent = 'Copié'
    } catch {
      // Refused by the browser, or a plain-HTTP address: the text stays selected.
      status.textContent = 'Sélectionné : appuyez sur Ctrl + C'
    }
  })
}
