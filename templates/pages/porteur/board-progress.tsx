/** The collection day after day, as a drawing and as the table of the same numbers. */
import type { JSX } from 'preact'
import { daysLeft, formatDay, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { Progress, ProgressDay } from '../../../server/domain/progress.ts'
import { count, shortDay } from '../format.ts'
import { DataTable } from './data-table.tsx'

/** The drawing is stretched to its room: lines keep their width, and every word is outside. */
const SIDE = 100

const DEPOSITED = 'Déposées et valables'
const ACCEPTED = 'Dont acceptées'

const IN_TABLE = 'Les chiffres sont dans le tableau qui suit.'

export function ProgressChart({ progress }: { progress: Progress }): JSX.Element | null {
  const { expected, days, today, closesOn } = progress
  const first = days[0]
  const last = days.at(-1)
  if (expected === 0 || first === undefined || last === undefined) return null
  const ends = closesOn !== null && closesOn > today ? closesOn : today
  const deposited = count(
    last.deposited,
    'pièce obligatoire déposée et valable',
    'pièces obligatoires déposées et valables',
  )
  const words =
    `Au ${formatDay(today)} : ${deposited}, ` +
    `dont ${count(last.accepted, 'acceptée')}, sur ${count(expected, 'attendue')}.`
  return (
    <section>
      <h2 id="avancement">Avancement</h2>
      <figure class="chart">
        <figcaption>{words}</figcaption>
        <div class="plot">
          <div class="plot-y" aria-hidden="true">
            <span>{expected}</span>
            <span>0</span>
          </div>
          <Curve progress={progress} first={first.day} ends={ends} last={last} words={words} />
          <div class="plot-x" aria-hidden="true">
            <span>{shortDay(first.day)}</span>
            <span>{shortDay(ends)}</span>
          </div>
        </div>
        <Legend progress={progress} last={last} />
        <p class="hint">
          Les {count(expected, 'pièce attendue', 'pièces attendues')} sont celles que l’appel et les membres
          demandent aujourd’hui, même pour les jours passés. Une décision changée compte à sa dernière date.
        </p>
        <details id="avancement-chiffres">
          <summary>Lire les chiffres</summary>
          <DataTable
            label="Avancement, jour par jour"
            columns={['Jour', DEPOSITED, ACCEPTED, 'Restent à obtenir']}
            rows={days.map(({ day, deposited, accepted }) => ({
              id: day,
              cells: [formatDay(day), deposited, accepted, expected - deposited],
            }))}
          />
        </details>
      </figure>
    </section>
  )
}

interface CurveProps {
  progress: Progress
  /** Its first day, and the day on which the axis ends. */
  first: string
  ends: string
  last: ProgressDay
  words: string
}

function Curve({
  progress: { expected, days, today, closesOn },
  first,
  ends,
  last,
  words,
}: CurveProps): JSX.Element {
  const width = daysLeft(first, ends) + 1
  /** Where a day ends: the first one begins at 0, with nothing. */
  const x = (day: string) => round(((daysLeft(first, day) + 1) / width) * SIDE)
  const y = (pieces: number) => round(SIDE - (Math.min(pieces, expected) / expected) * SIDE)
  const steps = (of: (day: ProgressDay) => number) =>
    `M0 ${SIDE}${days.map(day => `H${x(day.day)}V${y(of(day))}`).join('')}`
  return (
    <svg
      role="img"
      aria-label={`Courbe des pièces obligatoires. ${words} ${IN_TABLE}`}
      viewBox={`-1 -3 ${SIDE + 2} ${SIDE + 6}`}
      preserveAspectRatio="none"
    >
      <path class="line-axis" d={`M0 0V${SIDE}H${SIDE}`} />
      <path class="line-expected" d={`M0 ${y(expected)}H${SIDE}`} />
      {closesOn === null ? null : <path class="line-last" d={`M${x(closesOn)} 0V${SIDE}`} />}
      <path class="line-today" d={`M${x(today)} 0V${SIDE}`} />
      <path class="line-deposited" d={steps(({ deposited }) => deposited)} />
      <path class="line-accepted" d={steps(({ accepted }) => accepted)} />
      <path class="point-deposited" d={`M${x(last.day)} ${y(last.deposited)}h0`} />
      <path class="point-accepted" d={`M${x(last.day)} ${y(last.accepted)}h0`} />
    </svg>
  )
}

function Legend({ progress, last }: { progress: Progress; last: ProgressDay }): JSX.Element {
  const { expected, today, closesOn } = progress
  return (
    <ul class="legend">
      <Key line="expected">Attendues : {expected}</Key>
      <Key line="deposited">
        {DEPOSITED} : {last.deposited}
      </Key>
      <Key line="accepted">
        {ACCEPTED} : {last.accepted}
      </Key>
      <Key line="today">Aujourd’hui : {shortDay(today)}</Key>
      {closesOn === null ? null : (
        <Key line="last">
          Dernier jour : {shortDay(closesOn)} ({formatDaysLeft(today, closesOn)})
        </Key>
      )}
    </ul>
  )
}

const round = (n: number) => Math.round(n * 100) / 100

interface KeyProps {
  line: 'expected' | 'deposited' | 'accepted' | 'today' | 'last'
  children: JSX.Element | string | number | (JSX.Element | string | number)[]
}

/** A sample of the line, so that its dashes tell it apart as well as its colour. */
function Key({ line, children }: KeyProps) {
  const isUpright = line === 'today' || line === 'last'
  return (
    <li>
      <svg class="sample" viewBox="0 0 32 16" width="32" height="16" aria-hidden="true">
        <path class={`line-${line}`} d={isUpright ? 'M16 0V16' : 'M0 8H32'} />
      </svg>
      <span>{children}</span>
    </li>
  )
}
