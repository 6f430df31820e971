/**
 * A mail from its blocks, as text and as HTML: the same words in both. The HTML needs no picture, loads
 * nothing, sets no colour but the button's own, so that light and dark mailboxes both read it, and never
 * trusts a word: names and motives are people's own. `{lien}` is where the link's address goes when the mail
 * is sent.
 */

import type { Sender } from '../../server/domain/mail.ts'
import { withoutLinks } from './plain-words.ts'

/** The recipient's own link, or one of its pages; or any other absolute address. */
export type Target = { path: string } | { address: string }

/** One thing to do, with what is to be known of it. */
export interface Entry {
  title: string
  details: readonly string[]
  /** Opened from the title; null when there is nothing to open. */
  target: Target | null
}

export type Block =
  /** A paragraph. */
  | string
  | { heading: string }
  /** Somebody's own words, line by line. */
  | { quote: string }
  | { entries: readonly Entry[] }
  /** What to do, in a verb; its address is written out below, for those who cannot click. */
  | { button: string; target: Target }
  /** What may be done besides, in small. */
  | { aside: string; target: Target }

export interface Letter {
  subject: string
  /** @param sender null when the server itself writes. */
  signedBy(sender: Sender | null): { text: string; html: string }
}

/** The first page of the recipient's link. */
export const LINK: Target = { path: '' }

/** Where the recipient stops the digest that it reads. */
export const STOP_DIGEST: Block = {
  aside: 'Ne plus recevoir ce message',
  target: { address: '{resume}' },
}

export const KEEP_PRIVATE =
  'Ce lien est personnel : quiconque l’ouvre peut agir à votre place. Ne le transférez ' +
  'qu’aux personnes concernées.'

/** @param subject one line; what people wrote in it loses its line breaks. */
export function letter(subject: string, blocks: readonly Block[]): Letter {
  const title = withoutLinks(subject.replace(/[ \t\r\n]+/g, ' ').trim())
  return {
    subject: title,
    signedBy(sender) {
      const signed = [...blocks, signatureOf(sender)].map(plain)
      return {
        text: `${signed.map(textOf).join('\n\n')}\n`,
        // A page that shows what a mail will say needs no HTML of it.
        get html() {
          return page(title, signed.map(htmlOf).join('\n'))
        },
      }
    },
  }
}

/** The same block, where the only addresses are those of its targets. */
function plain(block: Block): Block {
  if (typeof block === 'string') return withoutLinks(block)
  if ('heading' in block) return { heading: withoutLinks(block.heading) }
  if ('quote' in block) return { quote: withoutLinks(block.quote) }
  if ('button' in block || 'aside' in block) return block
  return {
    entries: block.entries.map(({ title, details, target }) => ({
      title: withoutLinks(title),
      details: details.map(withoutLinks),
      target,
    })),
  }
}

/** Whom to call: what is not known is left out, but an address always is. */
function signatureOf(sender: Sender | null): string {
  if (sender === null) return 'Message automatique du serveur où se prépare la grappe.'
  const { grappeName, ogName, contactName, contactPhone, email } = sender
  const who = [contactName, ogName].filter(name => name !== null).join(', ')
  return [
    who === '' ? `Votre contact est le porteur de la grappe « ${grappeName} ».` : `Votre contact : ${who},`,
    ...(who === '' ? [] : [`porteur de la grappe « ${grappeName} »`]),
    ...(contactPhone === null ? [] : [`Téléphone : ${contactPhone}`]),
    `E-mail : ${email}`,
  ].join('\n')
}

const addressOf = (target: Target): string => ('address' in target ? target.address : `{lien}${target.path}`)

function textOf(block: Block): string {
  if (typeof block === 'string') return block
  if ('heading' in block) return block.heading.toUpperCase()
  if ('quote' in block)
    return linesOf(block.quote)
      .map(line => `> ${line}`)
      .join('\n')
  if ('button' in block) return `${block.button} :\n${addressOf(block.target)}`
  if ('aside' in block) return `${block.aside} : ${addressOf(block.target)}`
  return block.entries
    .map(({ title, details, target }) =>
      [`- ${title}`, ...details, ...(target === null ? [] : [addressOf(target)])].join('\n  '),
    )
    .join('\n\n')
}

const FONT = 'font-family:system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif'
const BUTTON =
  'display:inline-block;padding:12px ' +
  '20px;border-radius:6px;background-color:#6b2468;color:#ffffff;font-weight:bold;text-decoration:none'

function htmlOf(block: Block): string {
  if (typeof block === 'string') return `<p>${linesOf(block).map(escaped).join('<br>')}</p>`
  if ('heading' in block) return `<h2 style="font-size:18px">${escaped(block.heading)}</h2>`
  if ('quote' in block) {
    const lines = linesOf(block.quote).map(escaped).join('<br>')
    return (
      '<blockquote style="margin:16px 0;padding-left:12px;border-left:4px solid ' +
      `#888888">${lines}</blockquote>`
    )
  }
  if ('button' in block) {
    const address = escaped(addressOf(block.target))
    return [
      `<p><a href="${address}" style="${escaped(BUTTON)}">${escaped(block.button)}</a></p>`,
      '<p style="font-size:14px">Si le bouton ne s’ouvre pas, copiez cette ' +
        `adresse :<br><span style="word-break:break-all">${address}</span></p>`,
    ].join('\n')
  }
  if ('aside' in block) {
    return `<p style="font-size:14px"><a href="${escaped(addressOf(block.target))}">${block.aside}</a></p>`
  }
  return `<ul style="padding-left:20px">\n${block.entries.map(entryHtml).join('\n')}\n</ul>`
}

function entryHtml({ title, details, target }: Entry): string {
  const name =
    target === null ? escaped(title) : `<a href="${escaped(addressOf(target))}">${escaped(title)}</a>`
  return (
    '<li ' +
    `style="margin-bottom:12px"><strong>${name}</strong>` +
    `${details.map(line => `<br>${escaped(line)}`).join('')}</li>`
  )
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title>
</head>
<body style="margin:0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"
style="max-width:600px"><tr>
<td style="${escaped(FONT)};font-size:16px;line-height:1.5;padding:24px 16px;text-align:left;
overflow-wrap:anywhere;word-break:break-word">
${body}
</td>
</tr></table>
</td></tr></table>
</body>
</html>
`
}

const linesOf = (text: string): string[] => text.trim().split(/\r?\n/)

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
