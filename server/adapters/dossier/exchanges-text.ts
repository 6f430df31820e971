/** `_ECHANGES.txt`: what one member and the porteur said to each other, in that member's folder. */
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import type { Exchange } from '../../domain/exchanges.ts'
import { groupBy } from '../../domain/group-by.ts'
import { EXCHANGES_PATH } from '../../domain/seal.ts'
import { onOneLine } from './dossier-texts.ts'
import { EXCHANGE_WORDS, FICTIONAL_WORDS, instantWords, ownerWords } from './dossier-words.ts'

/** One for each owner with a folder who said something, or to whom something was said. */
export function exchangesTexts(plan: DossierPlan): { path: string; text: string }[] {
  const byOwner = groupBy(plan.exchanges?.lines ?? [], ({ ownerId }) => ownerId)
  return plan.owners.flatMap(owner => {
    const lines = byOwner.get(owner.id ?? '')
    if (lines === undefined) return []
    const text = [
      'ÉCHANGES ENTRE CE MEMBRE ET LE PORTEUR',
      '',
      ownerWords(owner),
      plan.grappeName,
      ...(plan.fictional ? [FICTIONAL_WORDS] : []),
      `État au ${instantWords(plan.timeZone)(plan.takenAt)} (fuseau ${plan.timeZone}).`,
      ...[...groupBy(lines, ({ about }) => about)].flatMap(([about, said]) => [
        '',
        about,
        ...said.flatMap(line => told(line, plan.timeZone)),
      ]),
    ]
    // As in `_MANQUANTS.txt`: what Notepad before Windows 10 1809 needs.
    return [
      { path: `${owner.folder}${EXCHANGES_PATH}`, text: `\uFEFF${text.map(onOneLine).join('\r\n')}\r\n` },
    ]
  })
}

/** What a person typed is set in, so that no line of it passes for one of ours. */
function told({ at, author, kind, text }: Exchange, timeZone: string): string[] {
  const when = at === null ? 'date inconnue' : instantWords(timeZone)(at)
  const who = author === null ? '' : `, ${author}`
  return [
    `  ${when}${who}. ${EXCHANGE_WORDS[kind]}${text === '' ? '.' : ' :'}`,
    ...(text === '' ? [] : text.split('\n').map(line => `    | ${line}`)),
  ]
}
