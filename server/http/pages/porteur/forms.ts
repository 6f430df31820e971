/** What the porteur's forms share. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { categorieWords } from '../../../domain/nomenclature.ts'
import type { Context } from '../../../steps/ports.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { problemOf } from '../../refusals.ts'
import { fieldErrors, formFields } from '../request.ts'

/** A refusal at the top of its form; one that names no field leads to the form's main one. */
export function formErrors(refusal: Refusal, mainField: string): FieldError[] {
  const { fields, detail } = problemOf(refusal)
  const errors = fieldErrors(fields)
  return errors.length > 0 ? errors : [{ field: mainField, message: detail }]
}

/** The id under which a form was served: sent twice by a double click, it makes one thing. */
export function proposedId(request: FastifyRequest, context: Pick<Context, 'newId'>): string {
  const proposed = z.uuid().safeParse(formFields(request).id)
  return proposed.success ? proposed.data : context.newId()
}

/** A form's values as it shows them: null is an empty field, a category has its name beside its code. */
export function shownValues(values: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'categorie' && value !== null ? categorieWords(value) : (value ?? ''),
    ]),
  )
}

/** A form shown again says so to programs too. */
export function formStatus(errors: readonly FieldError[]): number {
  return errors.length === 0 ? 200 : 422
}
