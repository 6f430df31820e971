/** E-mail addresses as people type them: what one is, and what to say of what is not. */

export type EmailResult =
  /** Lower case, a domain with accents in the form that mail servers know. */
  | { ok: true; email: string }
  /** One French sentence that says what is wrong, and an address that would pass; never applied unasked. */
  | { ok: false; reason: string; suggestion: string | null }

const LOCAL = /^(?!\.)(?!.*\.\.)[a-z0-9!#$%&'*+/=?^_`{|}~.-]*[a-z0-9!#$%&'*+/=?^_`{|}~-]$/
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)$/
const LONGEST = 254

/** What follows the « @ » of an address that `readEmail` took. */
export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1)

export function readEmail(text: string): EmailResult {
  const typed = text.normalize('NFC').trim().toLowerCase()
  const email = withPlainDomain(typed)
  if (isAddress(email)) return { ok: true, email }
  return { ok: false, ...wrong(typed) }
}

function isAddress(email: string): boolean {
  const at = email.lastIndexOf('@')
  return (
    at > 0 && email.length <= LONGEST && LOCAL.test(email.slice(0, at)) && DOMAIN.test(email.slice(at + 1))
  )
}

/** `contact@résidence.fr` → `contact@xn--rsidence-b1a.fr`, the same place as mail servers write it. */
function withPlainDomain(email: string): string {
  const at = email.lastIndexOf('@')
  const domain = email.slice(at + 1)
  if (at === -1 || !/[^\p{ASCII}]/u.test(domain) || /[^\p{L}\p{N}.-]/u.test(domain)) return email
  return URL.canParse(`http://${domain}`)
    ? email.slice(0, at + 1) + new URL(`http://${domain}`).hostname
    : email
}

function wrong(typed: string): { reason: string; suggestion: string | null } {
  const [local = '', domain, ...more] = typed.split('@')
  const accent = /[^\p{ASCII}]/u.exec(local)?.[0]
  if (accent !== undefined && domain !== undefined && more.length === 0) {
    const plain = withPlainDomain(`${local.normalize('NFD').replace(/\p{M}/gu, '')}@${domain}`)
    const suggestion = isAddress(plain) ? plain : null
    const ask = suggestion === null ? 'Vérifiez-la.' : `Vérifiez s’il s’agit de ${suggestion}.`
    const reason = `Les messageries n’acceptent pas « ${accent} » avant le « @ » d’une adresse. ${ask}`
    return { reason, suggestion }
  }
  if (domain !== undefined && more.length === 0 && local !== '' && /^[\p{L}\p{N}-]+$/u.test(domain)) {
    const reason = `Il manque la fin de cette adresse e-mail après « ${domain} », par exemple « .fr ».`
    return { reason, suggestion: null }
  }
  const reason = 'Cette adresse e-mail n’est pas complète. Exemple : prenom.nom@association.fr'
  return { reason, suggestion: null }
}
