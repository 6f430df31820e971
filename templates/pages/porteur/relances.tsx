/** Reminders: when the next ones leave and what they say, the porteur's own words, and who received what. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Instant } from '../../../server/domain/call.ts'
import { dayOf, formatDay } from '../../../server/domain/deadline.ts'
import type { MailFacts } from '../../../server/domain/mail.ts'
import { RELANCE_DAYS, type RelanceKind, type RelanceSettings } from '../../../server/domain/relance.ts'
import { Csrf, Empty, type FieldError } from '../components.tsx'
import { count, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { MailState } from './mail-state.tsx'
import { Email } from './members.tsx'

interface RelancesProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  /** Whether a mail server is configured. */
  sends: boolean
  settings: RelanceSettings
  next: {
    on: Day
    mails: readonly { email: string; name: string | null; kind: RelanceKind; subject: string; text: string }[]
  } | null
  owing: readonly {
    email: string
    name: string | null
    pieces: number
    questions: number
    hadToday: boolean
  }[]
  unreachable: readonly { kind: 'og' | 'esms'; id: string; name: string }[]
  sent: readonly (MailFacts & { email: string; kind: RelanceKind; dueOn: Day; writtenAt: Instant })[]
  /** Every message of the grappe that did not arrive, reminder or not. */
  failed: readonly (MailFacts & { id: string; recipient: string; subject: string })[]
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

const kindWords = (kind: RelanceKind): string =>
  kind === 'manuelle' ? 'à la main' : kind === 'J-0' ? 'jour J' : kind

const lateWords = (dueOn: Day, writtenOn: Day): string =>
  dueOn < writtenOn ? `, prévue le ${formatDay(dueOn)} : serveur arrêté ou empêché ce jour-là` : ''

const beforeWords = (before: number): string =>
  before === 0 ? 'le dernier jour' : `${before} jours avant (J-${before})`

export function RelancesPage(props: RelancesProps): JSX.Element {
  const { grappe, unreachable } = props
  const archived = Boolean(grappe.archivedOn)
  return (
    <GrappePage frame={props.frame} grappe={grappe} tab="relances" title="Relances" errors={props.errors}>
      <p class="lead">
        Chaque personne reçoit un seul message pour tous ses établissements, avec ce qui manque ou est à
        corriger. Rien ne part quand tout est déposé.
      </p>
      {props.sends || archived ? null : (
        <p class="motive">
          Ce serveur n’envoie pas d’e-mails : les relances s’écrivent dans l’onglet{' '}
          <a href={urlTo('mails', { grappe: grappe.grappeId })}>Messages</a>, à transmettre vous-même.
        </p>
      )}
      {unreachable.length === 0 || archived ? null : (
        <p class="motive">
          <strong>Sans adresse e-mail, donc jamais relancés :</strong>{' '}
          {unreachable.map(({ kind, id, name }, order) => (
            <>
              {order === 0 ? '' : ', '}
              <a
                key={id}
                href={
                  kind === 'og'
                    ? urlTo('editOg', { grappe: grappe.grappeId, og: id })
                    : urlTo('editEsms', { grappe: grappe.grappeId, esms: id })
                }
              >
                {name}
              </a>
            </>
          ))}
          .
        </p>
      )}
      {archived ? null : (
        <>
          <Next {...props} />
          <Now {...props} />
          <Settings {...props} />
          <Pause {...props} />
        </>
      )}
      <History {...props} />
      <Failed {...props} />
    </GrappePage>
  )
}

function Pause({ frame, grappe, settings }: RelancesProps) {
  return (
    <section>
      <h2>{settings.paused ? 'Relances en pause' : 'Mettre en pause'}</h2>
      <form method="post" action={urlTo('pauseRelances', { grappe: grappe.grappeId })}>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="pause" value={settings.paused ? 'non' : 'oui'} />
        <p>
          {settings.paused
            ? 'Aucune relance ne part d’elle-même. Vous pouvez toujours relancer à la main.'
            : 'Plus aucune relance ne partira d’elle-même, jusqu’à ce que vous repreniez.'}
        </p>
        <button type="submit" class="secondary">
          {settings.paused ? 'Reprendre les relances' : 'Mettre les relances en pause'}
        </button>
      </form>
    </section>
  )
}

/** Why no reminder is ahead, as the end of a sentence. */
function whyNone({ owing, unreachable, settings }: RelancesProps): string {
  if (owing.length === 0) return nobodyOwes(unreachable)
  return settings.days.length === 0
    ? 'aucun jour n’est coché ci-dessous.'
    : 'aucun dernier jour n’est connu dans les quatre mois qui viennent.'
}

const nobodyOwes = (unreachable: RelancesProps['unreachable']): string =>
  unreachable.length === 0
    ? 'rien n’est attendu d’un membre aujourd’hui.'
    : 'les membres à qui il manque quelque chose n’ont pas d’adresse e-mail.'

function Next(props: RelancesProps) {
  const { next, settings } = props
  return (
    <section>
      <h2>Prochaine relance</h2>
      {next === null ? (
        <p>Aucune relance n’est prévue : {whyNone(props)}</p>
      ) : (
        <>
          <p>
            {settings.paused ? 'Si vous reprenez : ' : ''}
            <strong>
              {settings.paused ? 'le' : 'Le'} {formatDay(next.on)} à partir de 9 h 00
            </strong>
            , {count(next.mails.length, 'message')}. Le texte suivra ce qui manquera ce jour-là.
          </p>
          <Mails mails={next.mails} />
        </>
      )}
    </section>
  )
}

/** More are folded: two hundred subjects would push the rest of the page away. */
const MOST_SHOWN = 3

function Mails({ mails }: Pick<NonNullable<RelancesProps['next']>, 'mails'>) {
  const all = (
    <>
      {mails.map(({ email, name, kind, subject, text }) => (
        <details key={email} class="card">
          <summary>
            {name === null ? (
              <Email address={email} />
            ) : (
              <>
                {name} (<Email address={email} />)
              </>
            )}
            {' : '}
            {subject} <span class="tag">{kindWords(kind)}</span>
          </summary>
          <p class="mail-text">{text.replaceAll('{lien}', '[lien personnel]')}</p>
        </details>
      ))}
    </>
  )
  return mails.length <= MOST_SHOWN ? (
    all
  ) : (
    <details>
      <summary>Lire les {mails.length} messages</summary>
      {all}
    </details>
  )
}

/** The one form of every person's button. */
const CHASE = 'relancer'

function Now({ frame, grappe: { grappeId }, owing, unreachable }: RelancesProps) {
  const action = urlTo('sendRelances', { grappe: grappeId })
  const left = owing.filter(({ hadToday }) => !hadToday)
  return (
    <section>
      <h2>Relancer maintenant</h2>
      {owing.length === 0 ? (
        <p>Personne à relancer : {nobodyOwes(unreachable)}</p>
      ) : (
        <>
          <p>Une personne ne reçoit qu’une relance par jour, automatique ou à la main.</p>
          {left.length === 0 ? null : (
            <p>
              <a class="button" href={action}>
                {left.length === 1 ? 'Relancer 1 personne' : `Relancer ${left.length} personnes`}
              </a>
            </p>
          )}
          <form id={CHASE} method="post" action={action}>
            <Csrf token={frame.csrf} />
          </form>
          <DataTable
            label="Personnes à relancer"
            columns={['Personne', 'Ce qui manque', 'Aujourd’hui']}
            rows={owing.map(({ email, name, pieces, questions, hadToday }) => ({
              id: email,
              cells: [
                <Person key="qui" name={name} email={email} />,
                owedWords(pieces, questions),
                hadToday ? (
                  'déjà relancée'
                ) : (
                  <button
                    type="submit"
                    form={CHASE}
                    name="email"
                    value={email}
                    class="secondary"
                    aria-label={`Relancer ${name ?? email}`}
                  >
                    Relancer
                  </button>
                ),
              ],
            }))}
          />
        </>
      )}
    </section>
  )
}

interface ConfirmRelancesProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  sends: boolean
  owing: RelancesProps['owing']
}

/** Whom it writes to, before it does: a message that has left cannot be taken back. */
export function ConfirmRelances({ frame, grappe, sends, owing }: ConfirmRelancesProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const left = owing.filter(({ hadToday }) => !hadToday)
  const spared = owing.length - left.length
  const people = count(left.length, 'personne')
  return (
    <GrappePage frame={frame} grappe={grappe} tab="relances" title={`Relancer ${people} ?`}>
      <p class="lead">
        Chacune reçoit un message avec ce qui lui manque.{' '}
        {sends
          ? 'Un message parti ne se reprend pas.'
          : 'Ce serveur n’envoie pas d’e-mails : les messages seront à envoyer depuis l’onglet Messages.'}
        {spared === 0 ? null : ` Qui a déjà été relancé aujourd’hui n’en recevra pas d’autre (${spared}).`}
      </p>
      <DataTable
        label="Personnes qui recevront une relance"
        columns={['Personne', 'Ce qui manque']}
        rows={left.map(({ email, name, pieces, questions }) => ({
          id: email,
          cells: [<Person key="qui" name={name} email={email} />, owedWords(pieces, questions)],
        }))}
      />
      <form method="post" action={urlTo('sendRelances', at)} class="actions">
        <Csrf token={frame.csrf} />
        <button type="submit">Relancer {people}</button>
        <a href={urlTo('relances', at)}>Annuler</a>
      </form>
    </GrappePage>
  )
}

function Settings({ frame, grappe: { grappeId }, settings, values, errors }: RelancesProps) {
  const error = errors.find(({ field }) => field === 'texte')?.message
  return (
    <section>
      <h2>Calendrier et texte</h2>
      <form method="post" action={urlTo('saveRelances', { grappe: grappeId })} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <fieldset class="field">
          <legend>Relancer avant le dernier jour de chaque pièce</legend>
          <p class="hint">
            À 9 h 00, un jour ouvré. Un samedi, un dimanche ou un jour férié, la relance part le jour ouvré
            d’avant.
          </p>
          {RELANCE_DAYS.map(before => (
            <div class="choice" key={before}>
              <input
                type="checkbox"
                id={`j${before}`}
                name={`j${before}`}
                value="oui"
                checked={settings.days.includes(before)}
              />
              <label htmlFor={`j${before}`}>{beforeWords(before)}</label>
            </div>
          ))}
        </fieldset>
        <div class={error === undefined ? 'field' : 'field invalid'}>
          <label htmlFor="texte">
            Votre texte, avant la liste des pièces <span class="optional">(facultatif)</span>
          </label>
          {error === undefined ? null : (
            <p class="field-error" id="texte-erreur">
              {error}
            </p>
          )}
          <textarea
            id="texte"
            name="texte"
            rows={4}
            {...(error === undefined
              ? {}
              : { 'aria-invalid': true as const, 'aria-describedby': 'texte-erreur' })}
          >
            {values.texte ?? settings.intro ?? ''}
          </textarea>
        </div>
        <button type="submit">Enregistrer</button>
      </form>
    </section>
  )
}

function History({ sent, timeZone, sends }: RelancesProps) {
  return (
    <section>
      <h2>Relances de chaque personne</h2>
      {sent.length === 0 ? (
        <Empty title="Aucune relance pour l’instant" />
      ) : (
        <DataTable
          label="Relances de chaque personne"
          columns={['Personne', 'Relance', 'Écrite', 'Envoi']}
          rows={sent
            .toSorted((a, b) => (a.email < b.email ? -1 : a.email > b.email ? 1 : 0))
            .map(({ email, kind, dueOn, writtenAt, ...mail }) => ({
              id: `${email} ${kind} ${dueOn}`,
              cells: [
                email,
                kindWords(kind),
                moment(writtenAt, timeZone) + lateWords(dueOn, dayOf(writtenAt, timeZone)),
                <MailState key="envoi" mail={mail} timeZone={timeZone} sends={sends} />,
              ],
            }))}
        />
      )}
    </section>
  )
}

function Failed({ failed, timeZone, sends, grappe: { grappeId } }: RelancesProps) {
  if (failed.length === 0) return null
  return (
    <section>
      <h2>Messages qui n’arrivent pas</h2>
      <p>
        Une adresse refusée ne sera plus essayée : corrigez-la dans les{' '}
        <a href={urlTo('members', { grappe: grappeId })}>membres</a>, puis relancez.
      </p>
      <DataTable
        label="Messages qui n’arrivent pas"
        columns={['À', 'Message', 'Raison']}
        rows={failed.map(({ id, recipient, subject, ...mail }) => ({
          id,
          cells: [
            recipient,
            subject,
            <MailState key="raison" mail={mail} timeZone={timeZone} sends={sends} />,
          ],
        }))}
      />
    </section>
  )
}

const Person = ({ name, email }: { name: string | null; email: string }) => (
  <>
    {name === null ? '' : `${name}, `}
    <Email address={email} />
  </>
)

/** « 3 pièces, 4 questions » */
const owedWords = (pieces: number, questions: number) =>
  [
    pieces === 0 && questions > 0 ? '' : count(pieces, 'pièce'),
    questions === 0 ? '' : count(questions, 'question'),
  ]
    .filter(Boolean)
    .join(', ')
