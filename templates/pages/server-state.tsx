/** For whoever started the server: what it watches of itself, and what goes beyond a limit. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import type { Instant } from '../../server/domain/call.ts'
import {
  alertsOf,
  type JobRuns,
  lasting,
  type Queue,
  type ServerState,
} from '../../server/domain/server-state.ts'
import { count, fileSize, moment } from './format.ts'
import { type Frame, Layout } from './layout.tsx'

interface ServerStateProps {
  frame: Frame
  token: string
  state: ServerState
}

/** The server belongs to no call: the programme's own zone. */
const TIME_ZONE = 'Europe/Paris'

export function ServerStatePage({ frame, token, state }: ServerStateProps): JSX.Element {
  const alerts = alertsOf(state)
  return (
    <Layout frame={frame} title="État du serveur">
      <p>
        <a href={urlTo('administration', { token })}>Administration du serveur</a>
      </p>
      <h1>État du serveur</h1>
      <p class="muted">
        Le {moment(state.at, TIME_ZONE)}. En route depuis {lasting(state.startedAt, state.at)}. Rechargez la
        page pour un nouvel état.
      </p>
      {alerts.length === 0 ? (
        <div class="notice" role="status">
          <p>Rien ne dépasse ses limites.</p>
        </div>
      ) : (
        <div class="errors" role="alert">
          {alerts.map(({ code, job, sentence }) => (
            <p key={`${code}${job}`}>
              {sentence} <code>{code}</code>
            </p>
          ))}
        </div>
      )}
      <Parts state={state} />
      {state.rows === null ? null : <Jobs jobs={state.rows.jobs} at={state.at} />}
    </Layout>
  )
}

function Parts({ state }: { state: ServerState }) {
  return (
    <>
      <h2>Ce dont il dépend</h2>
      <section class="scroll" tabindex={0} aria-label="Ce dont le serveur dépend">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Partie</th>
              <th scope="col">État</th>
            </tr>
          </thead>
          <tbody>
            {listParts(state).map(([name, words]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td data-label="État">{words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function listParts({
  rows,
  disk,
  isStoreReachable,
  uploadsUnderWay,
  backup,
  ...state
}: ServerState): [string, string][] {
  const kind = state.databaseKind === 'pglite' ? 'embarquée' : 'PostgreSQL'
  return [
    ['Base de données', rows === null ? `${kind}, elle ne répond pas` : `${kind}, elle répond`],
    ['Dossier des pièces', isStoreReachable ? 'il se lit et s’écrit' : 'il ne peut être lu ou écrit'],
    ['Disque de DATA_DIR', diskWords(disk)],
    ['Envois en cours', uploadsUnderWay === null ? UNKNOWN : count(uploadsUnderWay, 'fichier')],
    ['Messages à envoyer', mailWords(rows, state.at)],
    ['Fichiers à analyser', scanWords(rows, state.at)],
    ['Relecture des fichiers gardés', scrubWords(rows)],
    ['Fichiers abîmés ou perdus', damagedWords(rows)],
    ['Dernière sauvegarde entière', backupWords(backup, state.at)],
  ]
}

const UNKNOWN = 'inconnu tant que la base ne répond pas'

function diskWords(disk: ServerState['disk']): string {
  if (disk === null) return 'il ne répond pas'
  return `${fileSize(disk.free)} libres, dont ${fileSize(disk.keptFree)} que les envois laissent`
}

const queueWords = ({ waiting, oldest }: Queue, at: Instant): string =>
  oldest === null ? 'aucun n’attend' : `${waiting} en attente, le plus ancien depuis ${lasting(oldest, at)}`

function mailWords(rows: ServerState['rows'], at: Instant): string {
  if (rows === null) return UNKNOWN
  if (rows.mails === null) return 'aucun SMTP_URL n’est réglé : ils restent dans la boîte d’envoi'
  const { failing, held, refusedLately } = rows.mails
  return [
    queueWords(rows.mails, at),
    ...(failing === 0 ? [] : [`${failing} que le serveur de messagerie n’a pas encore pris`]),
    ...(held === 0 ? [] : [`${held} que les limites par jour retiennent`]),
    `${count(refusedLately, 'refusé')} pour de bon en sept jours`,
  ].join('\u00a0; ')
}

function scanWords(rows: ServerState['rows'], at: Instant): string {
  if (rows === null) return UNKNOWN
  return rows.scans === null
    ? 'aucun CLAMAV_URL n’est réglé : rien n’est analysé'
    : queueWords(rows.scans, at)
}

function scrubWords(rows: ServerState['rows']): string {
  if (rows === null) return UNKNOWN
  const { scrub } = rows
  if (scrub === null) return 'SCRUB_DAYS vaut 0 : rien n’est relu de soi-même'
  if (scrub.startedAt === null) return 'elle n’a pas commencé'
  const sofar = `${count(scrub.files, 'fichier')}, ${fileSize(scrub.bytes)}`
  return scrub.finishedAt === null
    ? `en cours depuis le ${moment(scrub.startedAt, TIME_ZONE)} : ${sofar} relus`
    : `finie le ${moment(scrub.finishedAt, TIME_ZONE)} : ${sofar} ; tous les ${scrub.everyDays} jours`
}

function damagedWords(rows: ServerState['rows']): string {
  if (rows === null) return UNKNOWN
  return rows.damaged.length === 0 ? 'aucun connu' : rows.damaged.join('\u00a0; ')
}

function backupWords(backup: ServerState['backup'], at: Instant): string {
  if (backup === null) return 'aucun BACKUP_TO n’est réglé : ce serveur ne se sauvegarde pas lui-même'
  return backup.last === null
    ? 'aucune'
    : `le ${moment(backup.last, TIME_ZONE)}, il y a ${lasting(backup.last, at)}`
}

function Jobs({ jobs, at }: { jobs: readonly JobRuns[]; at: Instant }) {
  return (
    <>
      <h2>Travaux de fond</h2>
      <section class="scroll" tabindex={0} aria-label="Travaux de fond">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Travail</th>
              <th scope="col">Dernier succès</th>
              <th scope="col">Échecs</th>
              <th scope="col">Dernier échec</th>
              <th scope="col">Durée</th>
            </tr>
          </thead>
          <tbody>
            {jobs.map(job => (
              <tr key={job.name}>
                <th scope="row">{job.label}</th>
                <td data-label="Dernier succès">
                  {job.lastSuccessAt === null ? 'jamais' : `il y a ${lasting(job.lastSuccessAt, at)}`}
                </td>
                <td data-label="Échecs">{failureCount(job)}</td>
                <td data-label="Dernier échec">{lastFailure(job)}</td>
                <td data-label="Durée">
                  {job.lastMs === null ? '—' : `${(job.lastMs / 1000).toLocaleString('fr-FR')} s`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

const failureCount = ({ failures, failuresInRow, runs }: JobRuns): string =>
  `${failures} sur ${runs}${failuresInRow === 0 ? '' : `, dont les ${failuresInRow} derniers`}`

const lastFailure = ({ lastFailureAt, lastFailure: said }: JobRuns): string =>
  lastFailureAt === null ? 'aucun' : `le ${moment(lastFailureAt, TIME_ZONE)} : ${said}`
