/** Asks the server for the version made of what was sent, until it answers. */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-sending.js')} */
const { problemIn, retrySeconds } = await import(`./upload-sending.js${version}`)

/**
 * @typedef {{ made: true, location: string }
 *   | { made: false, code?: string, detail: string, refused: Array<{ upload: string, reason: string }> }} DepositAnswer
 */

/**
 * The same uploads make the same version however often they are asked for, so that an answer which never came is asked
 * for again: nobody is told that a deposit failed when it was made.
 *
 * @param {string} address
 * @param {Record<string, string>} headers
 * @param {{ uploads: string[], garder: 'oui' | 'non' }} wanted
 * @param {(why: string, retryNow: () => void) => void} onUnsure each time that no answer came
 * @returns {Promise<DepositAnswer>}
 */
export async function askForDeposit(address, headers, wanted, onUnsure) {
  for (let tries = 0; ; tries++) {
    const { status, text } = await post(address, headers, JSON.stringify(wanted))
    if (status === 201) return { made: true, location: JSON.parse(text).location }
    const isUnsure = status === 0 || status === 408 || status === 429 || (status >= 500 && status !== 507)
    if (!isUnsure) {
      const { code, detail, refused = [] } = problemIn(text)
      return {
        made: false,
        ...(code === undefined ? {} : { code }),
        detail:
          detail ?? `Le serveur a refusé le dépôt (réponse ${status}). Rechargez la page, puis réessayez.`,
        refused,
      }
    }
    await new Promise(resolve => {
      const timer = setTimeout(resolve, retrySeconds(tries) * 1000)
      onUnsure(
        status === 0
          ? 'La connexion est coupée. Tout est envoyé : l’enregistrement sera confirmé dès qu’elle reviendra.'
          : `Le serveur ne répond pas encore (réponse ${status}). Tout est envoyé : un nouvel essai suit.`,
        () => {
          clearTimeout(timer)
          resolve(undefined)
        },
      )
    })
  }
}

/**
 * @param {string} address
 * @param {Record<string, string>} headers
 * @param {string} body
 * @returns {Promise<{ status: number, text: string }>} status 0 when the answer did not come whole
 */
async function post(address, headers, body) {
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return { status: 0, text: '' }
  }
}
