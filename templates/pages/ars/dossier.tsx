/**
 * A sealed version as a reviewer reads it: whose it is, each piece, what to send back, the verdict and its
 * proofs.
 */

import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Answer } from '../../../server/domain/answers.ts'
import { VERSION_WORDS } from '../../../server/domain/completeness.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import { completenessOf, type DossierPlan, type DossierRow } from '../../../server/domain/dossier-plan.ts'
import { activeEsms } from '../../../server/domain/grappe.ts'
import { comparedWith } from '../../../server/domain/registry.ts'
import { AVIS, AVIS_WORDS, type Opinion, opinionOf, type PieceReview } from '../../../server/domain/review.ts'
import { ErrorSummary, FictionalTag, Field, type FieldError, Fingerprint, Radios } from '../components.tsx'
import { count, fileSize, moment } from '../format.ts'
import { Absent, Advance, Pieces } from './examination.tsx'
import { ArsActs, ArsCsrf, type ArsFrame, ArsLayout, arsPieceUrl } from './frame.tsx'
import { Answers, OpinionBadge, Opinions } from './review.tsx'
import { ArsEligibility } from './verdict.tsx'

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
  /** Of whoever carries the grappe here, to write to. */
  porteurEmail: string
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
        Version {seal.number} du dossier, {VERSION_WORDS[completenessOf(plan)]}, pour l’appel{' '}
        {`« ${plan.callTitle} » `}
        {plan.fictional ? <FictionalTag /> : null}
      </p>
      <Porteur {...props} />
      <Advance {...props} />
      <Downloads frame={frame} seal={seal} plan={plan} />
      <Pieces {...props} />
      <Absent {...props} />
      <ToSend {...props} />
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
      <ArsEligibility plan={plan} />
      <OpinionForm {...props} />
      {opinions.length === 0 ? null : (
        <section aria-labelledby="avis-donnes">
          <h2 id="avis-donnes">Avis donnés</h2>
          <Opinions opinions={opinions} timeZone={plan.timeZone} />
        </section>
      )}
      <Journal plan={plan} />
    </ArsLayout>
  )
}

/** Who carries the grappe, and whom to call. */
function Porteur({ plan, porteurEmail }: ArsDossierProps) {
  const { porteur = null } = plan
  const email = porteur?.contactEmail ?? porteurEmail
  const ogs = plan.owners.filter(({ scope }) => scope === 'og').length
  return (
    <dl class="facts">
      <dt>OG porteur</dt>
      <dd>
        {plan.porteurName ?? 'Pas encore désigné'}
        {porteur?.finessEj ? <span class="muted"> (FINESS {porteur.finessEj})</span> : null}
      </dd>
      <dt>Personne à joindre</dt>
      <dd>
        {porteur?.contactName ? `${porteur.contactName}, ` : ''}
        {porteur?.contactPhone ? (
          <>
            <a href={`tel:${porteur.contactPhone.replace(/[^+\d]/g, '')}`}>{porteur.contactPhone}</a>,{' '}
          </>
        ) : null}
        <a href={`mailto:${email}`}>{email}</a>
      </dd>
      <dt>Membres</dt>
      <dd>
        {count(activeEsms({ esms: plan.members }).length, 'ESMS', 'ESMS')}, {count(ogs, 'OG', 'OG')}
      </dd>
    </dl>
  )
}

/** What happened to the dossier, as its version froze it; none in the first ones that were sealed. */
function Journal({ plan: { dossierJournal = [], timeZone } }: { plan: DossierPlan }) {
  if (dossierJournal.length === 0) return null
  return (
    <details>
      <summary>Journal du dossier</summary>
      <ol class="versions" reversed>
        {dossierJournal.toReversed().map(({ at, actor, event }) => (
          <li key={`${at} ${event}`}>
            {moment(at, timeZone)}, {actor} : {event}
          </li>
        ))}
      </ol>
    </details>
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
    <section aria-labelledby="telecharger">
      <h2 id="telecharger" class="visually-hidden">
        Télécharger
      </h2>
      <p class="actions">
        <a href={urlTo('arsVersionZip', at)} download>
          Dossier (ZIP, {fileSize(seal.zipLength)})
        </a>
        <a href={urlTo('arsVersionXlsx', at)} download>
          Récapitulatif (Excel)
        </a>
        {seal.readingSize === null ? null : (
          <a href={urlTo('arsVersionReading', at)} download>
            Toutes les pièces en un PDF ({fileSize(seal.readingSize)})
          </a>
        )}
      </p>
      <details>
        <summary>Ce qui a été figé, et comment le vérifier</summary>
        <dl class="facts">
          <dt>Figée</dt>
          <dd>{moment(plan.takenAt, plan.timeZone)}</dd>
          <dt>Clôture de l’appel</dt>
          <dd>{plan.closesOn === null ? 'Non connue' : formatClosing(plan.closesOn)}</dd>
          <dt>Numéros FINESS</dt>
          <dd>{comparedWith(plan.registry)}</dd>
          <dt>ZIP</dt>
          <dd>
            {count(plan.entries.length, 'fichier déposé', 'fichiers déposés')}, le récapitulatif et les
            empreintes. Un téléchargement coupé reprend où il en était.
          </dd>
          <dt>Sceau</dt>
          <dd>
            <Fingerprint sha256={seal.hash} />{' '}
            <a href={`${urlTo('verify')}?sceau=${seal.hash}`}>Vérifier un ZIP reçu</a>
          </dd>
        </dl>
      </details>
    </section>
  )
}

/** The complements noted on the pages of pieces leave together. */
function ToSend({ frame, seal, drafts, deadlineOn, errors = [] }: ArsDossierProps) {
  if (drafts.length === 0 || frame.archivedOn !== null) return null
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
          hint={
            '15 jours : une proposition de cet outil, aucun texte ne fixe ce délai. Jusqu’à 23 h ' +
            '59 ce jour-là.'
          }
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
  const current = frame.signedIn && frame.email !== null ? opinionOf(opinions, frame.email) : null
  const at = { token: frame.token, number: String(seal.number) }
  return (
    <section class="card" aria-labelledby="donner-avis">
      <h2 id="donner-avis">Avis sur la version {seal.number}</h2>
      {current === null ? null : (
        <p>
          Votre dernier avis : <OpinionBadge avis={current.avis} /> sur la version {current.sealNumber}. Un
          autre prendrait sa place.
        </p>
      )}
      <ArsActs frame={frame}>
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
      </ArsActs>
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
        Une question ? <a href={`mailto:${porteurEmail}`}>{porteurEmail}</a>
      </p>
    </ArsLayout>
  )
}
