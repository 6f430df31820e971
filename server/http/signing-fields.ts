/** The form that notes where a signature stands, as a page takes it and answers it. */
import { count } from '../../templates/pages/format.ts'
import type { SigningValues } from '../../templates/pages/signing.tsx'

export const typedSigning = (fields: Record<string, string>): SigningValues => ({
  step: fields.step ?? '',
  on: fields.on ?? '',
  signatory: fields.signatory ?? '',
})

export const notedWords = (noted: number): string =>
  noted === 0 ? 'C’était déjà noté ainsi : rien n’a changé.' : `Noté pour ${count(noted, 'pièce')}.`
