/** Texts that a browser keeps for the server, and can neither read nor change. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export interface SealedTexts {
  /** @param purpose a text sealed for one opens for no other. */
  seal(purpose: string, text: string): string
  /** The text; null when it was not sealed here for this purpose. */
  open(purpose: string, sealed: string): string | null
}

const IV_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM, each purpose under a key of its own. */
export function sealedTexts(secretKey: string): SealedTexts {
  const keyOf = (purpose: string) => Buffer.from(hkdfSync('sha256', secretKey, '', `scellé:${purpose}`, 32))
  return {
    seal(purpose, text) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(purpose), iv)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < IV_BYTES + TAG_BYTES) return null
      const [iv, tag, body] = [
        bytes.subarray(0, IV_BYTES),
        bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES),
        bytes.subarray(IV_BYTES + TAG_BYTES),
      ]
      const decipher = createDecipheriv('aes-256-gcm', keyOf(purpose), iv)
      decipher.setAuthTag(tag)
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}
