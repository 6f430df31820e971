/** Reminders: when the next ones leave and what they say, the porteur's own words, and who received what. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Instant } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { RELANCE_DAYS, type RelanceKind, type RelanceSettings } from '../../../server/domain/relance.ts'
import { Csrf, Empty, type FieldError } from '../components.tsx'
import { count, list, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'

interface Sending {
  sentAt: Instant | null
  failure: string | null
  bouncedAt: Instant | null
}

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
  owing: readonly { email: string; name: string | null; pieces: number; hadToday: boolean }[]
  unreachable: readonly string[]
  sent: readonly (Sending & { email: string; kind: RelanceKind; dueOn: Day; writtenAt: Instant })[]
  /** Every message of the grappe that did not arrive, reminder or not. */
  failed: readonly (Sending & { id: string; recipient: string; subject: string })[]
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

const kindWords = (kind: RelanceKind): string =>
  kind === 'manuelle' ? 'à la main' : kind === 'J-0' ? 'jour J' : kind

const beforeWords = (before: number): string =>
  before === 0 ? 'le dernier jour' : `${before} jours avant (J-${before})`

export function RelancesPage(props: RelancesProps): JSX.Element {
  const { frame, grappe, settings, unreachable } = props
  const members = urlTo('members', { grappe: grappe.grappeId })
  return (
    <GrappePage frame={frame} grappe={grappe} tab="relances" title="Relances" errors={props.errors}>
      <p class="lead">
        Chaque personne reçoit un seul message pour tous ses établissements, avec ce qui manque ou est à
        corriger. Rien ne part quand tout est déposé.
      </p>
      {props.sends ? null : (
        <p class="motive">
          Ce serveur n’envoie pas d’e-mails : les relances s’écrivent dans l’onglet{' '}
          <a href={urlTo('mails', { grappe: grappe.grappeId })}>Messages</a>, à transmettre vous-même.
        </p>
      )}
      {unreachable.length === 0 ? null : (
        <p class="motive">
          <strong>Sans adresse e-mail :</strong> {list(unreachable)}.{' '}
          <a href={members}>Indiquez un contact</a> pour les relancer.
        </p>
      )}
      <Next {...props} />
      <Now {...props} />
      <Settings {...props} />
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
      <History {...props} />
      <Failed {...props} />
    </GrappePage>
  )
}

function Next({ next, settings }: RelancesProps) {
  return (
    <section>
      <h2>Prochaine relance</h2>
      {next === null ? (
        <p>Aucune relance n’est prévue : rien ne manque, ou aucun dernier jour n’est connu.</p>
      ) : (
        <>
          <p>
            {settings.paused ? 'Si vous reprenez : ' : ''}
            <strong>{formatDay(next.on)} à partir de 9 h 00</strong>, {count(next.mails.length, 'message')}.
            Le texte suivra ce qui manquera ce jour-là.
          </p>
          {next.mails.map(({ email, name, kind, subject, text }) => (
            <details key={email} class="card">
              <summary>
                {name === null ? email : `${name} (${email})`} : {subject}{' '}
                <span class="tag">{kindWords(kind)}</span>
              </summary>
              <p class="mail-text">{text.replaceAll('{lien}', '[lien personnel]')}</p>
            </details>
          ))}
        </>
      )}
    </section>
  )
}

function Now({ frame, grappe: { grappeId }, owing }: RelancesProps) {
  const action = urlTo('sendRelances', { grappe: grappeId })
  const left = owing.filter(({ hadToday }) => !hadToday)
  return (
    <section>
      <h2>Relancer maintenant</h2>
      {owing.length === 0 ? (
        <p>Personne n’a de pièce à déposer aujourd’hui.</p>
      ) : (
        <>
          <p>Une personne ne reçoit qu’une relance par jour, automatique ou à la main.</p>
          {left.length === 0 ? null : (
            <form method="post" action={action}>
              <Csrf token={frame.csrf} />
              <button type="submit">
                {left.length === 1 ? 'Relancer 1 personne' : `Relancer ${left.length} personnes`}
              </button>
            </form>
          )}
          <DataTable
            label="Personnes à relancer"
            columns={['Personne', 'Pièces', 'Aujourd’hui']}
            rows={owing.map(({ email, name, pieces, hadToday }) => ({
              id: email,
              cells: [
                name === null ? email : `${name}, ${email}`,
                count(pieces, 'pièce'),
                hadToday ? (
                  'déjà relancée'
                ) : (
                  <form method="post" action={action}>
                    <Csrf token={frame.csrf} />
                    <input type="hidden" name="email" value={email} />
                    <button type="submit" class="secondary" aria-label={`Relancer ${name ?? email}`}>
                      Relancer
                    </button>
                  </form>
                ),
              ],
            }))}
          />
        </>
      )}
    </section>
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

/** Whether it arrived, in a word, a shape and a colour. */
function Arrival({ sentAt, failure, bouncedAt, timeZone }: Sending & { timeZone: string }) {
  if (sentAt !== null) {
    return (
      <>
        <span class="etat acceptee">envoyé</span> {moment(sentAt, timeZone)}
      </>
    )
  }
  if (bouncedAt !== null) {
    return (
      <>
        <span class="etat refusee">adresse refusée</span> {failure}
      </>
    )
  }
  return failure === null ? (
    <span class="etat attendue">en attente</span>
  ) : (
    <>
      <span class="etat attendue">à réessayer</span> {failure}
    </>
  )
}

function History({ sent, timeZone }: RelancesProps) {
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
            .map(({ email, kind, dueOn, writtenAt, ...sending }) => ({
              id: `${email} ${kind} ${dueOn}`,
              cells: [
                email,
                kindWords(kind),
                moment(writtenAt, timeZone),
                <Arrival key="envoi" {...sending} timeZone={timeZone} />,
              ],
            }))}
        />
      )}
    </section>
  )
}

function Failed({ failed, timeZone, grappe: { grappeId } }: RelancesProps) {
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
        rows={failed.map(({ id, recipient, subject, ...sending }) => ({
          id,
          cells: [recipient, subject, <Arrival key="raison" {...sending} timeZone={timeZone} />],
        }))}
      />
    </section>
  )
}
