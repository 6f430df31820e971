/**
 * FINESS numbers: nine characters, a département (2A and 2B for Corse, 97 and 98 overseas), six digits and a
 * Luhn key. Nothing in a number tells a geographic one (ET) from a juridical one (EJ): only the registry
 * does. Key: Luhn over the nine characters with A→1 and B→2, checked on 6,472 real numbers; the Corsican part
 * is empirical, the rest official.
 */

/** Where a number sits that cannot be one; `suggestion` of a refusal is a number that would pass. */
export type FinessRefusal = 'empty' | 'lost-zero' | 'siret' | 'length' | 'pattern' | 'key'

export type FinessResult =
  | {
      ok: true
      /** Nine characters, upper case, no spaces. */
      finess: string
      /** One French sentence when the number passes but looks like something else; null otherwise. */
      warning: string | null
    }
  | {
      ok: false
      refusal: FinessRefusal
      /** One French sentence that says what is wrong and what to do. */
      reason: string
      /** A number that passes and is probably the one meant; never applied without asking. */
      suggestion: string | null
    }

const FINESS_PATTERN = /^(?:\d{2}|2[AB])\d{7}$/

/**
 * Whether the nine characters satisfy Luhn with A→1 and B→2. Swapping 0 and 9 goes unseen, as with every Luhn
 * key.
 */
function hasValidKey(finess: string): boolean {
  let sum = 0
  for (let position = 0; position < 9; position += 1) {
    const digit = Number(finess.charAt(position).replace('A', '1').replace('B', '2'))
    const doubled = position % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** The ninth character that makes eight characters a valid number; for generated and fictional numbers. */
export function finessKey(firstEight: string): string {
  for (let key = 0; key < 10; key += 1) {
    if (hasValidKey(`${firstEight}${key}`)) return String(key)
  }
  throw new Error(`Not the first eight characters of a FINESS number: ${firstEight}`)
}

/**
 * Reads a FINESS number as people type or paste it: spaces, separators, lower case and a float's `.0` are
 * forgiven.
 *
 * `normaliseFiness('2a 000 0253')` → `{ ok: true, finess: '2A0000253', warning: null }`
 */
export function normaliseFiness(text: string): FinessResult {
  const finess = text
    .replace(/[\s\u200B\uFEFF'’_-]/g, '')
    .replace(/[.,]0+$/, '')
    .toUpperCase()
  const refuse = (
    refusal: FinessRefusal,
    reason: string,
    suggestion: string | null = null,
  ): FinessResult => ({
    ok: false,
    refusal,
    reason,
    suggestion,
  })

  if (finess === '') {
    return refuse('empty', 'Le numéro FINESS manque : saisissez ses neuf caractères.')
  }
  if (/^\d{14}$/.test(finess)) {
    return refuse(
      'siret',
      'Ce numéro de 14 chiffres est un SIRET : saisissez le numéro FINESS géographique de ' +
        'l’établissement, qui a neuf caractères.',
    )
  }
  if (/^\d{8}$/.test(finess) && hasValidKey(`0${finess}`)) {
    return refuse(
      'lost-zero',
      'Il manque un caractère : le tableur a sans doute supprimé le zéro du début. ' +
        `Vérifiez s’il s’agit de 0${finess}.`,
      `0${finess}`,
    )
  }
  if (finess.length !== 9) {
    return refuse(
      'length',
      `Un numéro FINESS a neuf caractères, celui-ci en a ${finess.length} : recopiez-le ` +
        'depuis l’arrêté d’autorisation ou le répertoire FINESS.',
    )
  }
  if (!FINESS_PATTERN.test(finess)) {
    return refuse(
      'pattern',
      'Un numéro FINESS commence par son département (01 à 98, 2A ou 2B en Corse) suivi de ' +
        'sept chiffres : vérifiez les lettres O et I, souvent saisies à la place de 0 et 1.',
    )
  }
  if (!hasValidKey(finess)) {
    return refuse(
      'key',
      'La clé de contrôle ne correspond pas : un chiffre est faux ou deux chiffres sont ' +
        'inversés. Recopiez le numéro.',
    )
  }
  // The third character is 0 in every number seen; a SIREN has the same length and the same key.
  const warning =
    finess.charAt(2) === '0'
      ? null
      : 'Le troisième caractère d’un numéro FINESS est un 0 : vérifiez que ce numéro n’est pas un SIREN.'
  return { ok: true, finess, warning }
}

/**
 * The département in which a normalised number was given: `01`…`95`, `2A`, `2B`, `971`…`974`, or `97` and
 * `98` when the number says no more than overseas (98: Mayotte and others).
 */
export function departementOf(finess: string): string {
  const prefix = finess.slice(0, 2)
  const island = finess.charAt(3)
  return prefix === '97' && '1234'.includes(island) ? `97${island}` : prefix
}
