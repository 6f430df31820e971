/** A sealed version as a reviewer reads it: the verdict and its proofs, each piece, what to send back. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { type Answer, sealedVersionOf } from '../../../server/domain/answers.ts'
import type { PieceScope } from '../../../server/domain/call.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { DossierOwner, DossierPlan, DossierRow } from '../../../server/domain/dossier-plan.ts'
import { activeEsms } from '../../../server/domain/grappe.ts'
import { comparedWith } from '../../../server/domain/registry.ts'
import { AVIS, AVIS_WORDS, type Opinion, type PieceReview } from '../../../server/domain/review.ts'
import {
  ErrorSummary,
  FictionalTag,
  Field,
  type FieldError,
  Fingerprint,
  Radios,
  stateWords,
} from '../components.tsx'
import { count, fileSize, moment } from '../format.ts'
import { Criteria, VerdictLine } from '../porteur/verdict.tsx'
import { ArsCsrf, type ArsFrame, ArsLayout, arsPieceUrl } from './frame.tsx'
import { Answers, OpinionBadge, Opinions, ReviewBadge } from './review.tsx'

/** More missing pieces are one click away. */
const GAPS_SHOWN = 10

/** A sealed version, and the others that were handed out. */
export interface SealShown {
  number: number
  hash: string
  zipLength: number
  /** Of the PDF de lecture; null until it is made. */
  readingSize: number | null
  /** Newest first. */
  offered: readonly number[]
}

export interface ArsDossierProps {
  frame: ArsFrame
  seal: SealShown
  plan: DossierPlan
  reviews: ReadonlyMap<DossierRow, PieceReview>
  answers: readonly Answer[]
  opinions: readonly Opinion[]
  /** Complements noted and not sent, with their rows. */
  drafts: ReadonlyArray<{ row: DossierRow; pieceId: string; motive: string }>
  /** Proposed last day of the complements, or what was typed. */
  deadlineOn: string
  /** An opinion to mend, as it was typed. */
  typed?: { avis: string; note: string }
  errors?: readonly FieldError[]
}

export function ArsDossier(props: ArsDossierProps): JSX.Element {
  const { frame, seal, plan, answers, opinions, errors = [] } = props
  return (
    <ArsLayout frame={frame} title={`Dossier de ${plan.grappeName}`} version={seal.number}>
      <ErrorSummary errors={errors} />
      <VersionBanner frame={frame} seal={seal} />
      <h1>{plan.grappeName}</h1>
      <p class="lead">
        Version {seal.number} du dossier, {plan.complete ? 'complète' : 'INCOMPLÈTE'}, pour l’appel{' '}
        {`« ${plan.callTitle} » `}
        {plan.fictional ? <FictionalTag /> : null}
      </p>
      <dl class="facts">
        <dt>OG porteur</dt>
        <dd>{plan.porteurName ?? 'Pas encore désigné'}</dd>
        <dt>Membres</dt>
        <dd>{count(activeEsms({ esms: plan.members }).length, 'ESMS', 'ESMS')}</dd>
        <dt>FINESS</dt>
        <dd>{comparedWith(plan.registry)}</dd>
        <dt>Clôture de l’appel</dt>
        <dd>{plan.closesOn === null ? 'Non connue' : formatClosing(plan.closesOn)}</dd>
        <dt>Figée</dt>
        <dd>{moment(plan.takenAt, plan.timeZone)}</dd>
        <dt>Sceau</dt>
        <dd>
          <Fingerprint sha256={seal.hash} />
        </dd>
      </dl>
      <Downloads frame={frame} seal={seal} plan={plan} />
      <Eligibility plan={plan} />
      <Gaps {...props} />
      <Examination {...props} />
      {answers.length === 0 ? null : (
        <section aria-labelledby="complements">
          <h2 id="complements">Compléments demandés, et ce qui y répond dans cette version</h2>
          <Answers
            answers={answers}
            pieceLink={({ pieceId, pieceName }) => (
              <a href={arsPieceUrl(frame.token, pieceId, seal.number)}>{pieceName}</a>
            )}
          />
        </section>
      )}
      <ToSend {...props} />
      <OpinionForm {...props} />
      {opinions.length === 0 ? null : (
        <section aria-labelledby="avis-donnes">
          <h2 id="avis-donnes">Avis donnés</h2>
          <Opinions opinions={opinions} timeZone={plan.timeZone} />
        </section>
      )}
    </ArsLayout>
  )
}

/** Says so when a newer version exists, and leads to the others. */
function VersionBanner({
  frame: { token },
  seal: { number, offered },
}: {
  frame: ArsFrame
  seal: SealShown
}) {
  const [latest = number] = offered
  if (offered.length < 2) return null
  const others = offered.filter(other => other !== number)
  return (
    <nav class={latest > number ? 'errors' : 'card'} aria-label="Versions du dossier">
      {latest > number ? (
        <p>
          <strong>Une version plus récente existe.</strong> Vous lisez la version {number} ; la dernière est
          la <a href={urlTo('arsVersion', { token, number: String(latest) })}>version {latest}</a>.
        </p>
      ) : (
        <p>
          Vous lisez la dernière version, la {number}. Les précédentes :{' '}
          {others.map((other, i) => (
            <>
              {i === 0 ? '' : ', '}
              <a href={urlTo('arsVersion', { token, number: String(other) })}>version {other}</a>
            </>
          ))}
          .
        </p>
      )}
    </nav>
  )
}

function Downloads({ frame: { token }, seal, plan }: Pick<ArsDossierProps, 'frame' | 'seal' | 'plan'>) {
  const at = { token, number: String(seal.number) }
  return (
    <section class="card" aria-labelledby="telecharger">
      <h2 id="telecharger">Télécharger</h2>
      <p class="actions">
        <a class="button" href={urlTo('arsVersionZip', at)} download>
          Dossier (ZIP, {fileSize(seal.zipLength)})
        </a>
        <a class="button secondary" href={urlTo('arsVersionXlsx', at)} download>
          Récapitulatif (Excel)
        </a>
        {seal.readingSize === null ? null : (
          <a class="button secondary" href={urlTo('arsVersionReading', at)} download>
            Toutes les pièces en un PDF ({fileSize(seal.readingSize)})
          </a>
        )}
      </p>
      <p>
        Le ZIP contient {count(plan.entries.length, 'fichier déposé', 'fichiers déposés')}, le récapitulatif
        et les empreintes SHA-256 (<code>SHA256SUMS</code>). Un téléchargement coupé reprend où il en était.
        Pour vérifier un ZIP reçu :{' '}
        <a href={`${urlTo('verify')}?sceau=${seal.hash}`}>comparer ses fichiers au sceau</a>.
        {plan.complete
          ? ''
          : ' Le dossier est incomplet : son nom le dit, et _MANQUANTS.txt donne la liste de ce qui manque.'}
      </p>
    </section>
  )
}

/** What is to be looked at comes first; what is satisfied is counted, and one click away. */
function Eligibility({ plan: { verdict, owners } }: { plan: DossierPlan }) {
  const concerned = owners.flatMap(({ id, name }) => (id === null ? [] : [{ id, name, url: null }]))
  const satisfied = verdict.criteria.filter(({ status }) => status === 'satisfait')
  const others = verdict.criteria.filter(({ status }) => status !== 'satisfait')
  return (
    <section aria-labelledby="eligibilite">
      <h2 id="eligibilite">Éligibilité</h2>
      <VerdictLine verdict={verdict} />
      <Criteria criteria={others} esms={concerned} ogs={concerned} />
      {satisfied.length === 0 ? null : (
        <details open={others.length === 0}>
          <summary>{count(satisfied.length, 'critère satisfait', 'critères satisfaits')}</summary>
          <Criteria criteria={satisfied} esms={concerned} ogs={concerned} />
        </details>
      )}
    </section>
  )
}

function Gaps({ frame, seal, plan: { gaps } }: ArsDossierProps) {
  return (
    <section aria-labelledby="manquants">
      <h2 id="manquants">Ce qui manque</h2>
      {gaps.length === 0 ? (
        <p>Toutes les pièces obligatoires sont là.</p>
      ) : (
        <details open={gaps.length <= GAPS_SHOWN}>
          <summary>{count(gaps.length, 'pièce absente', 'pièces absentes')}</summary>
          <ul>
            {gaps.map(row => (
              <li key={`${row.owner.folder} ${row.code}`}>
                {row.pieceId === null ? (
                  row.pieceName
                ) : (
                  <a href={arsPieceUrl(frame.token, row.pieceId, seal.number)}>{row.pieceName}</a>
                )}
                , {row.owner.name} : {stateWords(row.state, row.late)}
                {row.required ? '' : ' (facultative)'}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

/** Member by member, piece by piece. */
function Examination(props: ArsDossierProps) {
  const { frame, seal, plan, reviews, drafts } = props
  const drafted = new Set<DossierRow>(drafts.map(({ row }) => row))
  const toExamine = plan.rows.filter(
    row => sealedVersionOf(row) !== null && !reviews.has(row) && !drafted.has(row),
  )
  const said = (decision: PieceReview['decision']) =>
    plan.rows.filter(row => reviews.get(row)?.decision === decision).length
  const [first] = toExamine
  return (
    <section aria-labelledby="pieces">
      <h2 id="pieces">Pièces</h2>
      <ul class="counts">
        <li>
          <strong>{toExamine.length}</strong> <span class="etat deposee">à examiner</span>
        </li>
        <li>
          <strong>{said('conforme')}</strong> <span class="etat acceptee">conformes</span>
        </li>
        <li>
          <strong>{said('complement')}</strong> <span class="etat complement">compléments demandés</span>
        </li>
        <li>
          <strong>{plan.gaps.filter(({ required }) => required).length}</strong>{' '}
          <span class="etat flag">obligatoires absentes</span>
        </li>
      </ul>
      {first?.pieceId ? (
        <p class="actions">
          <a class="button" href={arsPieceUrl(frame.token, first.pieceId, seal.number)}>
            Examiner la première pièce
          </a>
        </p>
      ) : null}
      {(
        [
          ['grappe', 'Pièces de la grappe'],
          ['og', 'Pièces des OG'],
          ['esms', 'Pièces des ESMS'],
        ] as const
      ).map(([scope, title]) => (
        <Matrix key={scope} {...props} scope={scope} title={title} drafted={drafted} />
      ))}
    </section>
  )
}

interface MatrixProps extends ArsDossierProps {
  scope: PieceScope
  title: string
  drafted: ReadonlySet<DossierRow>
}

function Matrix({ frame, seal, plan, reviews, drafted, scope, title }: MatrixProps) {
  const { token } = frame
  const definitions = plan.definitions.filter(definition => definition.scope === scope)
  const rows = plan.rows.filter(row => row.owner.scope === scope)
  if (rows.length === 0) return null
  const rowOf = new Map(rows.map(row => [`${row.owner.folder} ${row.code}`, row]))
  const owners = [...new Map(rows.map(({ owner }) => [owner.folder, owner])).values()]
  return (
    <>
      <h3>{title}</h3>
      <section class="scroll" tabindex={0} aria-label={title}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">Membre</th>
              {definitions.map(({ code, name }) => (
                <th key={code} scope="col">
                  {name}
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
      {owner.finess === null ? null : (
        <>
          <br />
          <span class="muted">{owner.finess}</span>
        </>
      )}
      {files === 0 ? null : (
        <>
          <br />
          <a
            href={urlTo('arsMemberZip', { token, number: String(number), owner: owner.id ?? 'grappe' })}
            download
            aria-label={`Télécharger ${count(files, 'fichier')} de ${owner.name} (ZIP)`}
          >
            {count(files, 'fichier')} (ZIP)
          </a>
        </>
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

/** The complements noted on the pages of pieces leave together. */
function ToSend({ frame, seal, drafts, deadlineOn, errors = [] }: ArsDossierProps) {
  if (drafts.length === 0) return null
  const at = { token: frame.token, number: String(seal.number) }
  return (
    <section class="card" aria-labelledby="a-envoyer">
      <h2 id="a-envoyer">Compléments à envoyer</h2>
      <p>
        Personne n’est encore prévenu. À l’envoi, ces pièces seules se rouvrent, même si l’appel est clos ;
        chaque personne concernée reçoit un seul message, et le porteur un message avec le tout.
      </p>
      <form method="post" action={urlTo('arsComplements', at)} id="envoyer">
        <ArsCsrf frame={frame} />
        <ul class="drafts">
          {drafts.map(({ row, pieceId, motive }) => (
            <li key={pieceId} class="choice">
              <input type="checkbox" id={`piece-${pieceId}`} name={`piece-${pieceId}`} value="oui" checked />
              <label htmlFor={`piece-${pieceId}`}>
                {row.pieceName}, {row.owner.name}
              </label>
              <p class="hint">
                {motive} <a href={arsPieceUrl(frame.token, pieceId, seal.number)}>Changer le motif</a>
              </p>
            </li>
          ))}
        </ul>
        <Field
          name="deadlineOn"
          label="Dernier jour pour déposer"
          type="date"
          width="short"
          value={deadlineOn}
          errors={errors}
          hint="15 jours : une proposition de cet outil, aucun texte ne fixe ce délai. Jusqu’à 23 h 59 ce jour-là."
        />
        <button type="submit">
          {drafts.length === 1
            ? 'Envoyer la demande de complément'
            : `Envoyer les ${drafts.length} demandes de complément`}
        </button>
      </form>
    </section>
  )
}

function OpinionForm(props: ArsDossierProps) {
  const { frame, seal, opinions, typed = { avis: '', note: '' }, errors = [] } = props
  const current = opinions.at(-1)
  const at = { token: frame.token, number: String(seal.number) }
  return (
    <section class="card" aria-labelledby="donner-avis">
      <h2 id="donner-avis">Avis sur la version {seal.number}</h2>
      {current === undefined ? null : (
        <p>
          Dernier avis : <OpinionBadge avis={current.avis} /> sur la version {current.sealNumber}.
        </p>
      )}
      <form method="post" action={urlTo('arsOpinion', at)} novalidate>
        <ArsCsrf frame={frame} />
        <Radios
          name="avis"
          legend="Votre avis"
          value={typed.avis}
          choices={AVIS.map(value => ({ value, label: AVIS_WORDS[value] }))}
          errors={errors}
        />
        <NoteField value={typed.note} errors={errors} />
        <button type="submit">Donner cet avis</button>
      </form>
    </section>
  )
}

function NoteField({ value, errors }: { value: string; errors: readonly FieldError[] }) {
  const error = errors.find(({ field }) => field === 'note')?.message
  return (
    <div class={error ? 'field invalid' : 'field'}>
      <label htmlFor="note">
        Note <span class="optional">(facultative si recevable)</span>
      </label>
      {error ? (
        <p class="field-error" id="note-erreur">
          {error}
        </p>
      ) : null}
      <textarea
        id="note"
        name="note"
        maxlength={2000}
        {...(error ? { 'aria-invalid': true, 'aria-describedby': 'note-erreur' } : {})}
      >
        {value}
      </textarea>
    </div>
  )
}

interface ArsWaitingProps {
  frame: ArsFrame
  grappeName: string
  callTitle: string
  porteurEmail: string
}

/** Handed over before any version was sealed. */
export function ArsWaiting({ frame, grappeName, callTitle, porteurEmail }: ArsWaitingProps): JSX.Element {
  return (
    <ArsLayout frame={frame} title={`Dossier de ${grappeName}`} version={null}>
      <h1>{grappeName}</h1>
      <p class="lead">Candidature à l’appel « {callTitle} »</p>
      <p>
        Le porteur n’a pas encore scellé de version de ce dossier. Revenez plus tard : cette adresse restera
        la même{frame.email === null ? '' : ', et un message vous le dira'}.
      </p>
      <p>
        Une question ? <a href={`mailto:${porteurEmail}`}>{porteurEmail}</a>
      </p>
    </ArsLayout>
  )
}
