/**
 * What a role may not do is shown on every page, and offered on none: forms can be read but not sent, buttons
 * and lines that lead to a closed page are left out, and words that led to one lead nowhere.
 */
import { urlTo } from '../../../schema/urls.ts'
import { hasRole, ROLE_WORDS, type Role } from '../../domain/role.ts'
import { neededRole } from '../rights.ts'

const FORMS = /(<form\b[^>]*\bmethod="post"[^>]*>)([\s\S]*?)<\/form>/g
/** Fields and buttons that stand outside their form, and name it. */
const OUTER_BUTTONS = /<button\b[^>]*\bform="([^"]*)"[^>]*>[\s\S]*?<\/button>/g
const OUTER_FIELDS = /<(?:input|select|textarea)\b[^>]*\bform="([^"]*)"/g
const BUTTONS = /<a class="button[^"]*" href="(\/porteur[^"]*)"[^>]*>[^<]*<\/a>/g
const LINES = /<li><a href="(\/porteur[^"]*)"[^>]*>[^<]*<\/a><\/li>/g
const LINKS = /<a\b[^>]*\bhref="(\/porteur[^"]*)"[^>]*>([\s\S]*?)<\/a>/g
const MAIN = /<main\b[^>]*>/

/**
 * @param html of a page as it is drawn for whoever administers.
 * @param path of the page itself, where a form without an address is sent.
 */
export function reservedFor(role: Role, html: string, path: string): string {
  const mayNot = (method: string, address: string) =>
    !hasRole(role, neededRole(method, address.replace(/[?#].*/, '')))
  let reserved = false
  const closedForms = new Set<string>()
  const forms = html.replace(FORMS, (form, opening: string, fields: string) => {
    const address = /\baction="([^"]*)"/.exec(opening)?.[1] ?? path
    if (!address.startsWith('/porteur') || !mayNot('POST', address)) return form
    reserved = true
    const id = /\bid="([^"]*)"/.exec(opening)?.[1]
    if (id !== undefined) closedForms.add(id)
    return `${opening}<fieldset class="reserve" disabled>${fields}</fieldset></form>`
  })
  const unlessClosed = (offer: string, address: string) => (mayNot('GET', address) ? '' : offer)
  const links = forms
    .replace(OUTER_BUTTONS, (button, form: string) => (closedForms.has(form) ? '' : button))
    .replace(OUTER_FIELDS, (field, form: string) => (closedForms.has(form) ? `${field} disabled` : field))
    .replace(BUTTONS, unlessClosed)
    .replace(LINES, unlessClosed)
    .replace(LINKS, (link, address: string, words: string) => (mayNot('GET', address) ? words : link))
  const note = role === 'lire' ? READS_ONLY : reserved ? SOME_RESERVED : ''
  return links.replace(MAIN, main => main + note)
}

const WHO = `<a href="${urlTo('colleagues')}">Qui peut quoi</a>`
const READS_ONLY =
  `<p class="reserve-note">Vous lisez seulement\u00A0: votre rôle est «\u00A0${ROLE_WORDS.lire}\u00A0», ` +
  `rien ne peut être changé. ${WHO}</p>`
const SOME_RESERVED =
  `<p class="reserve-note">Votre rôle est «\u00A0${ROLE_WORDS.controler}\u00A0»\u00A0: ce qui est grisé ` +
  `ou sans bouton ici demande le rôle «\u00A0${ROLE_WORDS.administrer}\u00A0». ${WHO}</p>`
