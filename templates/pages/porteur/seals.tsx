/** The sealed versions of a dossier: how each stands, and what changed since the one before. */

import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { type Completeness, DOSSIER_WORDS, VERSION_WORDS } from '../../../server/domain/completeness.ts'
import { VERDICT_WORDS } from '../../../server/domain/eligibility.ts'
import { hasChanges, type PieceChange, type SealChanges, type SealMark } from '../../../server/domain/seal.ts'
import { becameOf } from '../../../server/domain/seal-mark.ts'
import { count, fileSize, moment } from '../format.ts'
import { Email } from './members.tsx'

/** A version as the pages tell it. */
export interface SealView {
  number: number
  state: 'verification' | 'scelle' | 'refuse'
  name: string
  sealedAt: Instant
  sealedBy: string
  completeness: Completeness
  sealHash: string
  zipLength: number
  zipSha256: string | null
  checkedBytes: number
  totalBytes: number
  /** Why it was not sealed, or what was found damaged since; null otherwise. */
  failure: string | null
  mark: SealMark
  fileCount: number
  readingState: 'a-faire' | 'en-cours' | 'faite' | 'echec'
  /** Files drawn in the PDF de lecture, of how many. */
  readingDone: number
  readingTotal: number
  /** In bytes; null until it is made. */
  readingSize: number | null
  readingFailure: string | null
}

const STATE: Record<SealView['state'], { word: string; badge: string }> = {
  verification: { word: 'en cours de vérification', badge: 'deposee' },
  scelle: { word: 'scellée', badge: 'acceptee' },
  refuse: { word: 'non scellée', badge: 'refusee' },
}

/** Word, shape and colour. */
export function SealBadge({
  seal,
}: {
  seal: Pick<SealView, 'state' | 'completeness' | 'failure'>
}): JSX.Element {
  const { word, badge } = STATE[seal.state]
  return (
    <span class="badges">
      <span class={`etat ${badge}`}>{word}</span>
      {seal.completeness === 'complet' ? null : (
        <span class="etat flag">{VERSION_WORDS[seal.completeness]}</span>
      )}
      {seal.state === 'scelle' && seal.failure !== null ? <span class="etat flag">abîmée</span> : null}
    </span>
  )
}

export function SealedVersions({
  grappeId,
  seals,
  timeZone,
}: {
  grappeId: string
  /** Newest first. */
  seals: readonly SealView[]
  timeZone: string
}): JSX.Element {
  return (
    <section>
      <h2 id="versions">Versions scellées</h2>
      {seals.length === 0 ? (
        <p>Aucune version n’est encore scellée : l’ARS ne voit rien de ce dossier.</p>
      ) : (
        <section class="scroll" tabindex={0} aria-labelledby="versions">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col">État</th>
                <th scope="col">Scellée</th>
                <th scope="col">Depuis la précédente</th>
                <th scope="col" class="number">
                  ZIP
                </th>
              </tr>
            </thead>
            <tbody>
              {seals.map(seal => (
                <tr key={seal.number}>
                  <th scope="row">
                    <a href={urlTo('sealedVersion', { grappe: grappeId, number: String(seal.number) })}>
                      Version {seal.number}
                    </a>
                  </th>
                  <td data-label="État">
                    <SealBadge seal={seal} />
                    {seal.state === 'scelle' ? <p class="muted">{readingWords(seal)}</p> : null}
                  </td>
                  <td data-label="Scellée">
                    {moment(seal.sealedAt, timeZone)} par{' '}
                    {seal.sealedBy.includes('@') ? <Email address={seal.sealedBy} /> : seal.sealedBy}
                  </td>
                  <td data-label="Depuis la précédente">{changesSentence(seal.mark.changes)}</td>
                  <td data-label="ZIP" class="number">
                    {fileSize(seal.zipLength)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

/** How far the PDF de lecture is. */
export function readingWords({ readingState, readingDone, readingTotal }: SealView): string {
  switch (readingState) {
    case 'faite':
      return 'PDF de lecture prêt'
    case 'echec':
      return 'PDF de lecture non fait'
    case 'en-cours':
      return `PDF de lecture en cours : ${readingDone} sur ${count(readingTotal, 'fichier')}`
    default:
      return 'PDF de lecture à faire'
  }
}

/** « 2 pièces ajoutées, 1 remplacée, éligibilité : éligible. » */
export function changesSentence(changes: SealChanges | null): string {
  if (changes === null) return 'Première version'
  if (!hasChanges(changes)) return `Rien n’a changé depuis la version ${changes.since}`
  const { added, replaced, removed, verdict } = changes
  const became = becameOf(changes)
  const parts = [
    ...(added.length > 0 ? [count(added.length, 'pièce ajoutée', 'pièces ajoutées')] : []),
    ...(replaced.length > 0 ? [count(replaced.length, 'remplacée')] : []),
    ...(removed.length > 0 ? [count(removed.length, 'retirée')] : []),
    ...(verdict === null ? [] : [`verdict : ${VERDICT_WORDS[verdict.to].toLowerCase()}`]),
    ...(became === null ? [] : [`devenue ${VERSION_WORDS[became]}`]),
  ]
  return parts.join(', ')
}

/** Each piece that differs. */
export function Changes({ changes }: { changes: SealChanges | null }): JSX.Element | null {
  if (changes === null) return null
  const { since, added, replaced, removed, verdict } = changes
  const became = becameOf(changes)
  const name = ({ ownerName, pieceName }: PieceChange) => `${pieceName} de ${ownerName}`
  return (
    <section aria-labelledby="changements">
      <h2 id="changements">Ce qui a changé depuis la version {since}</h2>
      {hasChanges(changes) ? (
        <ul>
          {verdict === null ? null : (
            <li>
              Éligibilité : {VERDICT_WORDS[verdict.from]}, puis {VERDICT_WORDS[verdict.to]}.
            </li>
          )}
          {became === null ? null : <li>Le dossier est devenu {DOSSIER_WORDS[became]}.</li>}
          {added.map(change => (
            <li key={name(change)}>
              {name(change)} : ajoutée, version {change.to}.
            </li>
          ))}
          {replaced.map(change => (
            <li key={name(change)}>
              {name(change)} : version {change.from} remplacée par la version {change.to}.
            </li>
          ))}
          {removed.map(change => (
            <li key={name(change)}>
              {name(change)} : n’y est plus (version {change.from}).
            </li>
          ))}
        </ul>
      ) : (
        <p>Ni les pièces ni le verdict n’ont changé.</p>
      )}
    </section>
  )
}
