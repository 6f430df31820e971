/** Passkeys, by the WebAuthn protocol. The person is asked for each time: a touch alone is not enough. */
import { PASSKEY_MINUTES } from '../domain/passkey.ts'
import type { KnownPasskey, Passkeys } from '../steps/ports.ts'

const TIMEOUT_MS = PASSKEY_MINUTES * 60_000
const RP_NAME = 'grappe-kit'

/** 22 MiB, which most servers never need. */
const library = () => import('@simplewebauthn/server')

const described = (known: readonly KnownPasskey[]) =>
  known.map(({ credentialId, transports }) => ({ id: credentialId, transports: [...transports] }))

export const webauthn: Passkeys = {
  async askToCreate({ rpId }, { email, handle }, known) {
    const options = await (await library()).generateRegistrationOptions({
      rpName: RP_NAME,
      rpID: rpId,
      userName: email,
      userDisplayName: email,
      userID: new Uint8Array(Buffer.from(handle, 'hex')),
      timeout: TIMEOUT_MS,
      attestationType: 'none',
      excludeCredentials: described(known),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    })
    return { options: JSON.stringify(options), challenge: options.challenge }
  },

  async askToConfirm({ rpId }, known) {
    const options = await (await library()).generateAuthenticationOptions({
      rpID: rpId,
      timeout: TIMEOUT_MS,
      allowCredentials: described(known),
      userVerification: 'required',
    })
    return { options: JSON.stringify(options), challenge: options.challenge }
  },

  created: ({ origin, rpId }, answer, isAwaited) =>
    held(async () => {
      const { verified, registrationInfo } = await (await library()).verifyRegistrationResponse({
        response: JSON.parse(answer),
        expectedChallenge: isAwaited,
        expectedOrigin: origin,
        expectedRPID: rpId,
        requireUserVerification: true,
      })
      if (!verified) return null
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential
      return {
        credentialId: id,
        publicKey: Buffer.from(publicKey).toString('base64url'),
        counter,
        transports: transports.filter(each => typeof each === 'string').slice(0, 10),
      }
    }),

  confirmed: ({ origin, rpId }, answer, known, isAwaited) =>
    held(async () => {
      const response = JSON.parse(answer)
      const passkey = known.find(({ credentialId }) => credentialId === response.id)
      if (passkey === undefined) return null
      const { verified, authenticationInfo } = await (await library()).verifyAuthenticationResponse({
        response,
        expectedChallenge: isAwaited,
        expectedOrigin: origin,
        expectedRPID: rpId,
        requireUserVerification: true,
        credential: {
          id: passkey.credentialId,
          publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
          // One that went back was copied: the library refuses it.
          counter: passkey.counter,
        },
      })
      return verified ? { id: passkey.id, counter: authenticationInfo.newCounter } : null
    }),
}

/** What the library throws, it throws of what was sent: any text at all. */
async function held<Value>(verify: () => Promise<Value | null>): Promise<Value | null> {
  try {
    return await verify()
  } catch {
    return null
  }
}
