/** Asks the server for the version made of what was sent, until it answers. */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-sending.js')} */
const { problemIn, retrySeconds } = await import(`./upload-sending.js${version}`)
/** @type {typeof import('./upload-rules.js')} */
const { countOf } = await import(`./upload-rules.js${version}`)

/**
 * `told`: what the next page says of a deposit that was not taken whole; null otherwise.
 * @typedef {| { made: true, location: string, told: Told | null }
 *   | { made: false, code?: string, detail: string, refused: Array<{ upload: string, reason: string }> }
 * } DepositAnswer
 */

/** @typedef {{ detail: string, reasons: string[] }} Told */

/**
 * Keeps for the next page why files were left out: by the server, and by this page before, so that none goes
 * in silence. A receipt, which follows a deposit that the server took whole, names all that was received.
 *
 * @param {Extract<DepositAnswer, { made: true }>} answer
 * @param {readonly string[]} before why this page sent some of them no further
 */
export function rememberRefused({ told }, before) {
  if (told === null) return
  const { detail } = told
  const reasons = [...before, ...told.reasons]
  const title = `${countOf(reasons.length, 'fichier refusé', 'fichiers refusés')}, le reste est enregistré`
  try {
    // Read by `upload.js`: in this tab only, and once.
    sessionStorage.setItem('depot-incomplet', JSON.stringify({ title, detail, reasons }))
  } catch {
    // A browser that keeps nothing still shows the page of the piece, where the deposit is.
  }
}

/**
 * The same uploads make the same version however often they are asked for, so that an answer which never came
 * is asked for again: nobody is told that a deposit failed when it was made.
 *
 * @param {string} address
 * @param {Record<string, string>} headers
 * @param {{ uploads: string[], garder: string[] }} wanted
 * @param {(why: string, retryNow: () => void) => void} onUnsure each time that no answer came
 * @returns {Promise<DepositAnswer>}
 */
export async function askForDeposit(address, headers, wanted, onUnsure) {
  for (let tries = 0; ; tries++) {
    const { status, text } = await post(address, headers, JSON.stringify(wanted))
    if (status === 201) {
      const { location, detail, refused } = JSON.parse(text)
      const reasons = refused.map((/** @type {{ reason: string }} */ { reason }) => reason)
      return { made: true, location, told: detail === undefined ? null : { detail, reasons } }
    }
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
