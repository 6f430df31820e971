/** The pieces of a sealed version, member by member, and why some are not there. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { sealedVersionOf } from '../../../server/domain/answers.ts'
import type { PieceScope } from '../../../server/domain/call.ts'
import {
  awaitedWords,
  type DossierOwner,
  type DossierPlan,
  type DossierRow,
  unsettledRows,
} from '../../../server/domain/dossier-plan.ts'
import { ABSENCE_WORDS, absenceOf } from '../../../server/domain/edition.ts'
import type { PieceReview } from '../../../server/domain/review.ts'
import { matrixClass } from '../components.tsx'
import { count } from '../format.ts'
import { type ArsFrame, arsPieceUrl } from './frame.tsx'
import { ReviewBadge } from './review.tsx'

export interface ExaminationProps {
  frame: ArsFrame
  seal: { number: number }
  plan: DossierPlan
  reviews: ReadonlyMap<DossierRow, PieceReview>
  /** Complements noted and not sent, with their rows. */
  drafts: ReadonlyArray<{ row: DossierRow }>
}

interface Progress {
  /** Pieces that are in the version. */
  held: number
  toExamine: readonly DossierRow[]
  conforming: number
  asked: number
  drafted: number
  /** Required, and not in it. */
  absent: number
}

export function progressOf({ plan, reviews, drafts }: ExaminationProps): Progress {
  const drafted = new Set(drafts.map(({ row }) => row))
  const held = plan.rows.filter(row => sealedVersionOf(row) !== null)
  const said = (decision: PieceReview['decision']) =>
    plan.rows.filter(row => !drafted.has(row) && reviews.get(row)?.decision === decision).length
  return {
    held: held.length,
    toExamine: held.filter(row => !reviews.has(row) && !drafted.has(row)),
    conforming: said('conforme'),
    asked: said('complement'),
    drafted: drafted.size,
    absent: plan.rows.filter(row => absenceOf(row) === 'absente').length,
  }
}

/** How far the examination is, and the way to the next piece: what a reviewer came for. */
export function Advance(props: ExaminationProps): JSX.Element {
  const { frame, seal } = props
  const { held, toExamine, conforming, asked, drafted, absent } = progressOf(props)
  const [next] = toExamine
  const examined = held - toExamine.length
  return (
    <section class="advance" aria-labelledby="examen">
      <h2 id="examen" class="visually-hidden">
        Examen
      </h2>
      {next?.pieceId ? (
        <p class="actions">
          <a class="button" href={arsPieceUrl(frame.token, next.pieceId, seal.number)}>
            {examined === 0 ? 'Examiner la première pièce' : 'Examiner la prochaine pièce'}
          </a>
        </p>
      ) : null}
      <p class="muted">
        {next === undefined
          ? held === 0
            ? 'Aucune pièce dans cette version.'
            : 'Toutes les pièces de cette version sont examinées.'
          : `${count(examined, 'pièce examinée', 'pièces examinées')} sur ${held}.`}
      </p>
      {held === 0 ? null : <progress value={examined} max={held} aria-label="Pièces examinées" />}
      <ul class="counts">
        {(
          [
            [toExamine.length, 'deposee', 'à examiner'],
            [conforming, 'acceptee', conforming < 2 ? 'conforme' : 'conformes'],
            [asked, 'complement', asked < 2 ? 'complément demandé' : 'compléments demandés'],
            [drafted, 'flag', drafted < 2 ? 'complément à envoyer' : 'compléments à envoyer'],
            [absent, 'flag', absent < 2 ? 'obligatoire absente' : 'obligatoires absentes'],
          ] as const
        )
          .filter(([number]) => number > 0)
          .map(([number, shape, words]) => (
            <li key={words}>
              <strong>{number}</strong>{' '}
              {words.endsWith('à envoyer') ? (
                <a class={`etat ${shape}`} href="#a-envoyer">
                  {words}
                </a>
              ) : (
                <span class={`etat ${shape}`}>{words}</span>
              )}
            </li>
          ))}
      </ul>
    </section>
  )
}

/** Member by member, piece by piece: every member is on the page, none behind a scroll bar of its own. */
export function Pieces(props: ExaminationProps): JSX.Element {
  return (
    <section aria-labelledby="pieces">
      <h2 id="pieces">Pièces</h2>
      {(
        [
          ['grappe', 'Pièces de la grappe'],
          ['og', 'Pièces des OG'],
          ['esms', 'Pièces des ESMS'],
        ] as const
      ).map(([scope, title]) => (
        <Matrix key={scope} {...props} scope={scope} title={title} />
      ))}
    </section>
  )
}

function Matrix({
  frame,
  seal,
  plan,
  reviews,
  drafts,
  scope,
  title,
}: ExaminationProps & { scope: PieceScope; title: string }) {
  const { token } = frame
  const drafted = new Set(drafts.map(({ row }) => row))
  const rows = plan.rows.filter(row => row.owner.scope === scope)
  if (rows.length === 0) return null
  const asked = new Set(rows.map(({ code }) => code))
  const definitions = plan.definitions.filter(each => each.scope === scope && asked.has(each.code))
  const rowOf = new Map(rows.map(row => [`${row.owner.folder} ${row.code}`, row]))
  const owners = [...new Map(rows.map(({ owner }) => [owner.folder, owner])).values()]
  return (
    <>
      <h3>
        {title} <span class="muted">{scope === 'grappe' ? '' : `(${owners.length})`}</span>
      </h3>
      <section class="scroll whole" tabindex={0} aria-label={title}>
        <table class={matrixClass(definitions.length)}>
          <thead>
            <tr>
              <th scope="col">Membre</th>
              {definitions.map(({ code, name, required }) => (
                <th key={code} scope="col">
                  {name}
                  {required ? '' : ' (facultative)'}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {owners.map(owner => (
              <tr key={owner.folder}>
                <th scope="row">
                  <Owner owner={owner} plan={plan} token={token} number={seal.number} />
                </th>
                {definitions.map(({ code, name }) => {
                  const row = rowOf.get(`${owner.folder} ${code}`)
                  return (
                    <td key={code} data-label={name}>
                      {row === undefined ? (
                        <span class="muted">sans objet</span>
                      ) : (
                        <PieceCell
                          row={row}
                          href={row.pieceId === null ? null : arsPieceUrl(token, row.pieceId, seal.number)}
                          review={reviews.get(row)}
                          drafted={drafted.has(row)}
                        />
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function Owner({
  owner,
  plan,
  token,
  number,
}: {
  owner: DossierOwner
  plan: DossierPlan
  token: string
  number: number
}) {
  const files = plan.entries.filter(({ path }) => path.startsWith(`${owner.folder}/`)).length
  return (
    <>
      {owner.name}
      {owner.finess === null && files === 0 ? null : (
        <span class="under muted">
          {owner.finess}
          {owner.finess === null || files === 0 ? null : ', '}
          {files === 0 ? null : (
            <a
              href={urlTo('arsMemberZip', { token, number: String(number), owner: owner.id ?? 'grappe' })}
              download
              aria-label={`Télécharger ${count(files, 'fichier')} de ${owner.name} (ZIP)`}
            >
              {count(files, 'fichier')} (ZIP)
            </a>
          )}
        </span>
      )}
    </>
  )
}

function PieceCell({
  row,
  href,
  review,
  drafted,
}: {
  row: DossierRow
  href: string | null
  review: PieceReview | undefined
  drafted: boolean
}) {
  const badge = <ReviewBadge row={row} review={review} drafted={drafted} />
  return href === null ? (
    badge
  ) : (
    <a href={href}>
      {badge}
      <span class="visually-hidden">
        , {row.pieceName} de {row.owner.name}
      </span>
    </a>
  )
}

/** More absent pieces than this are one click away. */
const ABSENT_SHOWN = 10

/** What is not in the version: absent, optional and not given, not applicable with its reason. */
export function Absent({ frame, seal, plan }: ExaminationProps): JSX.Element {
  const absent = plan.rows.filter(row => absenceOf(row) !== null && row.required)
  const unsettled = unsettledRows(plan)
  const exempt = absent.filter(row => absenceOf(row) === 'non-applicable')
  const missing = absent.filter(row => absenceOf(row) !== 'non-applicable')
  const line = (row: DossierRow, words: string) => (
    <li key={`${row.owner.folder} ${row.code}`}>
      {row.pieceId === null ? (
        row.pieceName
      ) : (
        <a href={arsPieceUrl(frame.token, row.pieceId, seal.number)}>{row.pieceName}</a>
      )}
      , {row.owner.name}
      {words}
    </li>
  )
  return (
    <section aria-labelledby="manquants">
      <h2 id="manquants">Ce qui manque</h2>
      {missing.length === 0 ? (
        <p>
          {unsettled.length === 0
            ? 'Toutes les pièces obligatoires sont là.'
            : 'Toutes les pièces que l’on sait obligatoires sont là.'}
        </p>
      ) : (
        <details open={missing.length <= ABSENT_SHOWN}>
          <summary>
            {count(missing.length, 'pièce obligatoire absente', 'pièces obligatoires absentes')}
          </summary>
          <ul>{missing.map(row => line(row, absenceDetail(row)))}</ul>
        </details>
      )}
      {unsettled.length === 0 ? null : (
        <details open={unsettled.length <= ABSENT_SHOWN}>
          <summary>
            {count(unsettled.length, 'pièce à vérifier', 'pièces à vérifier')}, dont on ne sait pas si{' '}
            {unsettled.length < 2 ? 'elle est due' : 'elles sont dues'}
          </summary>
          <ul>{unsettled.map(row => line(row, ` : il manque ${awaitedWords(row, plan)}`))}</ul>
        </details>
      )}
      {exempt.length === 0 ? null : (
        <details open={exempt.length <= ABSENT_SHOWN}>
          <summary>{count(exempt.length, 'pièce non applicable', 'pièces non applicables')}</summary>
          <ul>{exempt.map(row => line(row, ` : ${row.nonApplicable?.reason ?? 'raison non précisée'}`))}</ul>
        </details>
      )}
    </section>
  )
}

/** What there is to say besides that it is absent. */
function absenceDetail(row: DossierRow): string {
  if (absenceOf(row) === 'antivirus') return ` : ${ABSENCE_WORDS.antivirus}`
  if (row.state === 'refusee') return ' : le porteur n’a pas retenu ce qui était déposé'
  return row.nonApplicable === null ? '' : ' : dite non applicable par le membre, sans réponse du porteur'
}
