/**
 * Sends a form as soon as a choice in it changes, so that what follows from it is shown at once. Without this
 * script, the form's own button does it.
 *
 * Hooks: `select[data-resubmit]`, whose value is where to land in the page that answers, such as `#colonnes`.
 */
document.addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLSelectElement) || target.form === null) return
  const landing = target.dataset.resubmit
  if (landing === undefined) return
  // Read as an attribute: the form's buttons are named `action`, and hide the property.
  const [address = ''] = (target.form.getAttribute('action') ?? '').split('#')
  target.form.setAttribute('action', address + landing)
  target.form.requestSubmit()
})
