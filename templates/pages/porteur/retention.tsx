/** How long one grappe is kept: until when, why, what holds it, and how to delete it before. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { dayOf, formatDay } from '../../../server/domain/deadline.ts'
import {
  DELETION_DELAY_DAYS,
  FIRST_WARNING_DAYS,
  LAST_WARNING_DAYS,
  LEAST_MONTHS,
  MOST_MONTHS,
  monthsSourceWords,
  type RetentionState,
  type Warning,
} from '../../../server/domain/retention.ts'
import { Csrf, Field, type FieldError, TextArea } from '../components.tsx'
import { moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface RetentionProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  today: Day
  retention: RetentionState
  /** As typed, or as they are. */
  months: string
  motive: string
  errors: readonly FieldError[]
}

export function RetentionPage(props: RetentionProps): JSX.Element {
  const { frame, grappe, errors } = props
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="Conservation et suppression" errors={errors}>
      <p class="lead">
        Les pièces et les noms ne sont gardés que le temps qu’il faut.{' '}
        <a href={urlTo('personalData')}>Ce que ce service garde, pourquoi, et pour qui</a>
      </p>
      <Duration {...props} />
      <Hold {...props} />
      <section class="card" aria-labelledby="personne">
        <h2 id="personne">Données d’une personne</h2>
        <p>
          <a class="button secondary" href={urlTo('personData', { grappe: grappe.grappeId })}>
            Chercher une personne et l’effacer
          </a>
        </p>
      </section>
      <Deletion {...props} />
      <p>
        <a href={urlTo('grappeSettings', { grappe: grappe.grappeId })}>Retour aux réglages de la grappe</a>
      </p>
    </GrappePage>
  )
}

/** One sentence: until when, or why nobody can tell. */
export function erasureSentence({ announcedOn, hold, deletion }: RetentionState, timeZone: string): string {
  if (hold !== null) return 'L’effacement est suspendu par le porteur : rien n’est effacé pour l’instant.'
  if (deletion !== null) {
    return `Suppression demandée : tout sera effacé le ${formatDay(dayOf(deletion.deletesAt, timeZone))}.`
  }
  return announcedOn === null
    ? 'La clôture de l’appel n’est pas connue : rien n’est effacé tant qu’elle manque.'
    : `Effacement prévu le ${formatDay(announcedOn)}.`
}

function Duration({ frame, grappe, timeZone, retention, months, errors }: RetentionProps) {
  const { closesOn, warnings } = retention
  return (
    <section class="card" aria-labelledby="duree">
      <h2 id="duree">Durée</h2>
      <p>
        <strong>{erasureSentence(retention, timeZone)}</strong>
      </p>
      <p>
        Conservation : {retention.months} mois après la clôture
        {closesOn === null ? '' : ` (${formatDay(closesOn)})`}, {monthsSourceWords(retention.source)}.
      </p>
      <p>
        Deux messages vous avertissent, {FIRST_WARNING_DAYS} puis {LAST_WARNING_DAYS} jours avant. Tant que
        l’un d’eux n’est pas parti, rien n’est effacé.
      </p>
      {warnings.length === 0 ? null : (
        <ul>
          {warnings.map(warning => (
            <li key={`${warning.rank} ${warning.writtenOn}`}>{warningWords(warning)}</li>
          ))}
        </ul>
      )}
      <form method="post" action={urlTo('retention', { grappe: grappe.grappeId })} novalidate>
        <Csrf token={frame.csrf} />
        <Field
          name="mois"
          label="Mois gardés après la clôture"
          hint={
            `De ${LEAST_MONTHS} à ${MOST_MONTHS}. Vide : la durée de l’appel ou, à défaut, ` +
            'celle de grappe-kit.'
          }
          value={months}
          errors={errors}
          width="short"
          optional
        />
        <button type="submit">Enregistrer la durée</button>
      </form>
    </section>
  )
}

function warningWords({ rank, writtenOn, erasesOn, leftOn, isLost }: Warning): string {
  const which = rank === 1 ? 'Premier avertissement' : 'Dernier avertissement'
  const sent =
    leftOn !== null
      ? `parti le ${formatDay(leftOn)}`
      : isLost
        ? 'jamais parti : un autre sera écrit'
        : 'en attente d’envoi, voir les messages de la grappe'
  return `${which} écrit le ${formatDay(writtenOn)} (effacement le ${formatDay(erasesOn)}) : ${sent}.`
}

function Hold({ frame, grappe, timeZone, retention, motive, errors }: RetentionProps) {
  const { hold } = retention
  return (
    <section class="card" aria-labelledby="suspension">
      <h2 id="suspension">Suspendre l’effacement</h2>
      <form method="post" action={urlTo('holdErasure', { grappe: grappe.grappeId })} novalidate>
        <Csrf token={frame.csrf} />
        {hold === null ? (
          <>
            <p>
              Contentieux, contrôle, obligation d’archivage : suspendu, l’effacement attend votre accord,
              quelle que soit la durée.
            </p>
            <TextArea
              name="motif"
              label="Motif de la suspension"
              hint={
                'Il reste au journal de la grappe. Les membres lisent que l’effacement est suspendu, ' +
                'sans le motif.'
              }
              value={motive}
              errors={errors}
              maxLength={500}
            />
            <button type="submit" class="secondary">
              Suspendre l’effacement
            </button>
          </>
        ) : (
          <>
            <p>
              Suspendu le {moment(hold.at, timeZone)} par {hold.by}. Motif :
            </p>
            <blockquote>{hold.motive}</blockquote>
            <input type="hidden" name="acte" value="lever" />
            <p>Levée, la durée court de nouveau, et les deux avertissements sont écrits à nouveau.</p>
            <button type="submit" class="secondary">
              Lever la suspension
            </button>
          </>
        )}
      </form>
    </section>
  )
}

function Deletion({ frame, grappe, timeZone, retention }: RetentionProps) {
  const { deletion, hold } = retention
  return (
    <section class="card" aria-labelledby="suppression">
      <h2 id="suppression">Supprimer la grappe</h2>
      {deletion === null ? (
        <p>
          Tout est effacé {DELETION_DELAY_DAYS} jours après votre demande : pièces, dossiers scellés, membres,
          contacts, échanges. Restent des dates, des comptes et des empreintes, sans aucun nom. D’ici là, vous
          pouvez annuler. Un code vous est demandé par e-mail.
        </p>
      ) : (
        <p>
          Demandée le {moment(deletion.askedAt, timeZone)} ; effacement le{' '}
          {formatDay(dayOf(deletion.deletesAt, timeZone))}
          {hold === null ? '' : ', une fois la suspension levée'}.
        </p>
      )}
      {deletion === null && hold !== null ? (
        <p class="muted">La suspension de l’effacement l’empêche : levez-la d’abord.</p>
      ) : (
        <form method="post" action={urlTo('deleteGrappe', { grappe: grappe.grappeId })}>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="acte" value={deletion === null ? 'demander' : 'annuler'} />
          <button type="submit" class="secondary">
            {deletion === null ? 'Demander la suppression' : 'Annuler la suppression'}
          </button>
        </form>
      )}
    </section>
  )
}
