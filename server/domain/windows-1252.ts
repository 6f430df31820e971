/** The letters of Windows, from bytes written one a letter (Latin-1). */

/**
 * What Windows-1252 puts from 0x80 to 0x9F, where Latin-1 has control characters; the unassigned ones stay
 * controls.
 */
const HIGH_CONTROLS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ'

/** By hand: under Node 20, TextDecoder('windows-1252') decodes Latin-1 and loses œ, € and ’. */
export function windowsLetters(latin1: string): string {
  return latin1.replace(/[\x80-\x9F]/g, control => HIGH_CONTROLS.charAt(control.charCodeAt(0) - 0x80))
}
