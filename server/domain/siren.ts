/** SIREN (nine digits) and SIRET (fourteen): who a legal entity is, and where its seat is. */

/** La Poste: the keys of its establishments follow another rule. */
const LA_POSTE = '356000000'

function hasLuhnKey(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, character, position) => {
    const digit = Number(character) * (position % 2 === 0 ? 1 : 2)
    return total + (digit > 9 ? digit - 9 : digit)
  }, 0)
  return sum % 10 === 0
}

/** @returns the digits alone; null when no such number can exist. */
export function readSiren(text: string): string | null {
  const digits = text.replace(/[\s.\u200B\uFEFF-]/g, '')
  if (!/^(\d{9}|\d{14})$/.test(digits) || !hasLuhnKey(digits.slice(0, 9))) return null
  return digits.length === 9 || digits.startsWith(LA_POSTE) || hasLuhnKey(digits) ? digits : null
}

/** « 732 829 320 00074 », as letters write it. */
export const sirenWords = (digits: string): string =>
  digits.replace(/^(\d{3})(\d{3})(\d{3})(\d{5})?$/, (_, a, b, c, nic) =>
    [a, b, c, nic].filter(Boolean).join('\u00a0'),
  )
