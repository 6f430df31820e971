/** Passkeys (clés d’accès): a second proof, in place of an e-mailed code. */

/** As whom the person acts. */
export type PasskeySide = 'porteur' | 'ars'

/** How long the person has before its browser's own window. */
export const PASSKEY_MINUTES = 10

/** Of one person on one side. */
export const MAX_PASSKEYS = 10

/** What browsers bind passkeys to. */
export interface PasskeySite {
  /** Scheme, host and port. */
  origin: string
  /** The name alone. */
  rpId: string
}

/**
 * Where passkeys work: browsers want HTTPS, but on the machine itself, and a name rather than an IP address.
 *
 * @returns null where they do not.
 */
export function passkeySite(publicUrl: string): PasskeySite | null {
  const { protocol, hostname, origin } = new URL(publicUrl)
  const isNamed = !/^[\d.]+$|^\[/.test(hostname)
  return isNamed && (protocol === 'https:' || hostname === 'localhost') ? { origin, rpId: hostname } : null
}
