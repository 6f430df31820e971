/** What happened in a grappe, newest first. */
import type { JSX } from 'preact'
import type { JournalEntry } from '../../../server/domain/dossier-plan.ts'
import { count, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'

/** A page that people read; the workbook's Journal sheet holds every line. */
const SHOWN = 500

interface JournalProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  /** Oldest first. */
  journal: readonly JournalEntry[]
}

export function JournalPage({ frame, grappe, timeZone, journal }: JournalProps): JSX.Element {
  const entries = journal.toReversed().slice(0, SHOWN)
  return (
    <GrappePage frame={frame} grappe={grappe} tab="journal" title="Journal" wide>
      <p class="lead">
        Chaque dépôt, chaque décision et chaque changement, du plus récent au plus ancien.
        {entries.length < journal.length
          ? ` Les ${SHOWN} derniers sur ${count(journal.length, 'événement')} ; tous sont dans la feuille Journal du classeur.`
          : ''}
      </p>
      <section class="scroll" tabindex={0} aria-label="Journal">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Quand</th>
              <th scope="col">Qui</th>
              <th scope="col">Quoi</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ at, actor, event }, rank) => (
              <tr key={journal.length - rank}>
                <td data-label="Quand">{moment(at, timeZone)}</td>
                <td data-label="Qui">{actor}</td>
                <td data-label="Quoi">{event}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </GrappePage>
  )
}
