/**
 * Whether a PDF opens without a password: the standard security handler tried with the empty one (ISO
 * 32000-2, 7.6.4).
 */
import { Buffer } from 'node:buffer'
import { createCipheriv, createHash } from 'node:crypto'
import { asName, asNumber, asString, type Dictionary } from './pdf-objects.ts'

const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex')

const md5 = (...parts: Buffer[]) => createHash('md5').update(Buffer.concat(parts)).digest()
const bytesOf = (text: string | null) => Buffer.from(text ?? '', 'latin1')

/**
 * @param encrypt the trailer's Encrypt dictionary.
 * @param fileId first string of the trailer's ID, one character per byte.
 * @returns null when the handler is one that is not known here.
 */
export function opensWithoutPassword(encrypt: Dictionary, fileId: string): boolean | null {
  const revision = asNumber(encrypt.get('R'))
  const user = bytesOf(asString(encrypt.get('U')))
  // Certificates and rights servers: whoever is not on their list cannot open it.
  if (asName(encrypt.get('Filter')) !== 'Standard') return false
  if (revision === 5 || revision === 6) {
    const salt = user.subarray(32, 40)
    const hash = revision === 5 ? createHash('sha256').update(salt).digest() : hardenedHash(salt)
    return hash.equals(user.subarray(0, 32))
  }
  if (revision === null || revision < 2 || revision > 4) return null
  const keyBytes = revision === 2 ? 5 : Math.min(16, Math.max(5, (asNumber(encrypt.get('Length')) ?? 40) / 8))
  const permissions = Buffer.alloc(4)
  permissions.writeInt32LE((asNumber(encrypt.get('P')) ?? 0) | 0)
  const isMetadataClear = revision === 4 && encrypt.get('EncryptMetadata') === false
  const owner = bytesOf(asString(encrypt.get('O'))).subarray(0, 32)
  const id = Buffer.from(fileId, 'latin1')
  let key = md5(PADDING, owner, permissions, id, Buffer.alloc(isMetadataClear ? 4 : 0, 0xff))
  if (revision === 2) return rc4(key.subarray(0, keyBytes), PADDING).equals(user.subarray(0, 32))
  for (let round = 0; round < 50; round++) key = md5(key.subarray(0, keyBytes))
  let check = md5(PADDING, id)
  for (let round = 0; round < 20; round++) {
    check = rc4(
      key.subarray(0, keyBytes).map(byte => byte ^ round),
      check,
    )
  }
  return check.equals(user.subarray(0, 16))
}

/** Algorithm 2.B for the empty password and no user key. */
function hardenedHash(salt: Buffer): Buffer {
  let hash = createHash('sha256').update(salt).digest()
  for (let round = 0, last = 0; round < 64 || last > round - 32; round++) {
    const repeated = Buffer.concat(Array.from({ length: 64 }, () => hash))
    const cipher = createCipheriv('aes-128-cbc', hash.subarray(0, 16), hash.subarray(16, 32))
    const mixed = cipher.setAutoPadding(false).update(repeated)
    const remainder = mixed.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3
    hash = createHash(['sha256', 'sha384', 'sha512'][remainder] ?? '')
      .update(mixed)
      .digest()
    last = mixed.at(-1) ?? 0
  }
  return hash.subarray(0, 32)
}

/** OpenSSL 3 left RC4 out, and old PDFs know nothing else. */
function rc4(key: Uint8Array, data: Buffer): Buffer<ArrayBuffer> {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i)
  const at = (i: number) => state[i & 255] ?? 0
  const swap = (i: number, j: number) => {
    const kept = at(i)
    state[i & 255] = at(j)
    state[j & 255] = kept
  }
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 255
    swap(i, j)
  }
  let i = 0
  let j = 0
  return Buffer.from(
    data.map(byte => {
      i = (i + 1) & 255
      j = (j + at(i)) & 255
      swap(i, j)
      return byte ^ at(at(i) + at(j))
    }),
  )
}
