import type { JSX } from 'preact'

interface FilePickerProps {
  id: string
  accept?: string
  describedBy: string
  invalid?: boolean
  /** null when the page's script alone reads the file: a form does not send it then. */
  name?: string | null
}

/**
 * One file to choose, in French whatever the browser's language: `assets/picker.js` tells which. The label of
 * the field is `ID-nom`.
 */
export function FilePicker({ id, name = id, accept, describedBy, invalid }: FilePickerProps): JSX.Element {
  return (
    <div class="drop" data-picker>
      <input
        type="file"
        id={id}
        {...(name === null ? {} : { name })}
        {...(accept === undefined ? {} : { accept })}
        aria-labelledby={`${id}-nom ${id}-bouton`}
        aria-describedby={describedBy}
        {...(invalid ? { 'aria-invalid': true as const } : {})}
      />
      <label class="button secondary" htmlFor={id} id={`${id}-bouton`}>
        Choisir un fichier
      </label>
      <p class="drop-chosen" data-chosen hidden role="status" />
    </div>
  )
}
