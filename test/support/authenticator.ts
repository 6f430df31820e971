/** A passkey held by a test: signs what a browser would be asked to, rightly or not. */
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

interface Answered {
  origin: string
  /** Whether the person was verified, and not only there. */
  verified?: boolean
  /** How many times it says that it was used. */
  counter?: number
}

export interface Authenticator {
  create(question: string, given: Answered): string
  get(question: string, given: Answered): string
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest()
const base64url = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64url')

/** ES256, without attestation, as WebAuthn level 2 lays its bytes out. */
export function openAuthenticator(): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ])
  const id = randomBytes(32)

  const clientData = (type: string, challenge: string, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  const authenticatorData = (rpId: string, flags: number, counter: number, attested = Buffer.alloc(0)) => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, attested])
  }
  const present = (verified: boolean) => (verified ? 0x05 : 0x01)
  const answer = (response: object) =>
    JSON.stringify({
      id: base64url(id),
      rawId: base64url(id),
      type: 'public-key',
      clientExtensionResults: {},
      response,
    })

  return {
    create(question, { origin, verified = true, counter = 0 }) {
      const { challenge, rp } = JSON.parse(question)
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose])
      const data = authenticatorData(rp.id, present(verified) | 0x40, counter, attested)
      const attestation = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
        Buffer.from([data.length]),
        data,
      ])
      return answer({
        clientDataJSON: base64url(clientData('webauthn.create', challenge, origin)),
        attestationObject: base64url(attestation),
        transports: ['internal'],
      })
    },
    get(question, { origin, verified = true, counter = 0 }) {
      const { challenge, rpId } = JSON.parse(question)
      const client = clientData('webauthn.get', challenge, origin)
      const data = authenticatorData(rpId, present(verified), counter)
      const signature = createSign('SHA256')
        .update(Buffer.concat([data, sha256(client)]))
        .sign(privateKey)
      return answer({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
      })
    },
  }
}

/** What a page asks a passkey, unescaped. */
export function questionIn(html: string): string {
  const [, question = ''] = /data-passkey="([^"]+)"/.exec(html) ?? []
  return question.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
