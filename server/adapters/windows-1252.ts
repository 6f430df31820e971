/** Text of the programs that write the letters of Windows. */
import { windowsLetters } from '../domain/windows-1252.ts'

export function decodeWindows1252(bytes: Buffer): string {
  return windowsLetters(bytes.toString('latin1'))
}
