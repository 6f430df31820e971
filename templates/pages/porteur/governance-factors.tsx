/** The self-assessment of the six success factors: a drawing, and the table that says the same in words. */
import type { JSX } from 'preact'
import { FACTOR_CODES, type Factors, LEVELS } from '../../../server/domain/governance/governance.ts'
import { FACTOR_WORDS, LEVEL_WORDS } from '../../../server/domain/governance/words.ts'
import { DataTable } from './data-table.tsx'

const SIDE = 240
const MIDDLE = SIDE / 2
const RADIUS = 92

/** On the axis of that rank, the first upwards, at that share of its length. */
function point(rank: number, share: number): [x: number, y: number] {
  const angle = (2 * Math.PI * rank) / FACTOR_CODES.length - Math.PI / 2
  const at = (along: number) => Math.round(10 * (MIDDLE + RADIUS * share * along)) / 10
  return [at(Math.cos(angle)), at(Math.sin(angle))]
}

const outline = (shares: readonly number[]) =>
  shares.map((share, rank) => point(rank, share).join(',')).join(' ')

export function FactorsPicture({ factors }: { factors: Factors }): JSX.Element {
  const levels = FACTOR_CODES.map(code => factors[code]?.level ?? null)
  const shares = levels.map(level => (level === null ? 0 : (LEVELS.indexOf(level) + 1) / LEVELS.length))
  return (
    <>
      <figure class="factors">
        <svg viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
          {LEVELS.map((level, rank) => (
            <polygon
              key={level}
              class="ring"
              points={outline(FACTOR_CODES.map(() => (rank + 1) / LEVELS.length))}
            />
          ))}
          {FACTOR_CODES.map((code, rank) => {
            const [x, y] = point(rank, 1)
            return <line key={code} class="ring" x1={MIDDLE} y1={MIDDLE} x2={x} y2={y} />
          })}
          <polygon class="reached" points={outline(shares)} />
          {shares.map((share, rank) => {
            const [x, y] = point(rank, share)
            return share === 0 ? null : <circle key={FACTOR_CODES[rank]} class="mark" cx={x} cy={y} r="4" />
          })}
          {FACTOR_CODES.map((code, rank) => {
            const [x, y] = point(rank, 1.14)
            return (
              <text key={code} x={x} y={y} text-anchor="middle" dominant-baseline="central">
                {rank + 1}
              </text>
            )
          })}
        </svg>
        <figcaption>
          Du centre vers le bord : non évalué, {LEVELS.map(level => LEVEL_WORDS[level]).join(', ')}. Les
          numéros et les niveaux sont ceux du tableau.
        </figcaption>
      </figure>
      <DataTable
        label="Niveau de chaque facteur"
        columns={['Facteur', 'Niveau', 'Prochain pas']}
        rows={FACTOR_CODES.map((code, rank) => {
          const level = levels[rank] ?? null
          return {
            id: code,
            cells: [
              `${rank + 1}. ${FACTOR_WORDS[code]}`,
              level === null ? 'non évalué' : LEVEL_WORDS[level],
              factors[code]?.next ?? '',
            ],
          }
        })}
      />
    </>
  )
}
