/** One call being written: its parts, what it lacks, and what is done with the whole. */
import type { JSX } from 'preact'
import { Csrf } from '../components.tsx'
import { count, list } from '../format.ts'
import { type CallFrame, CallLayout, type CallTitle, callUrl } from './frame.tsx'

/** What has to be mended before the call can serve. */
export interface ShownProblem {
  /** Such as « Pièce « Budget » ». */
  where: string
  url: string
  sentence: string
}

export interface CallOverviewProps {
  frame: CallFrame
  call: CallTitle & { code: string; archived: boolean; revision: number }
  state: string
  /** null when nothing was published, or nothing changed since. */
  nextVersion: number | null
  grappes: number
  parts: readonly { title: string; about: string; url: string; missing: number }[]
  problems: readonly ShownProblem[]
  /** Values that nobody has found, named. */
  unknown: readonly string[]
  unknownKeys: readonly string[]
}

export function CallOverview(props: CallOverviewProps): JSX.Element {
  const { frame, call, state, parts, problems, unknown, unknownKeys, grappes } = props
  const at = { call: call.id }
  return (
    <CallLayout frame={frame} title={call.title} call={null}>
      <p class="lead">
        {state}. {count(grappes, 'grappe y répond', 'grappes y répondent')}.
      </p>
      <ol class="call-parts">
        {parts.map(({ title, about, url, missing }) => (
          <li key={url}>
            <a href={url}>{title}</a> <span class="muted">{about}</span>{' '}
            {missing === 0 ? null : <span class="etat flag">{count(missing, 'point')} à compléter</span>}
          </li>
        ))}
      </ol>
      {unknown.length === 0 ? null : (
        <details class="card">
          <summary>{count(unknown.length, 'valeur reste inconnue', 'valeurs restent inconnues')}</summary>
          <p>Les critères qui en dépendent resteront « à vérifier » dans chaque grappe.</p>
          <ul>
            {unknown.map(name => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </details>
      )}
      {unknownKeys.length === 0 ? null : (
        <p class="motive">
          Cette version ne connaît pas {list(unknownKeys)} :{' '}
          {unknownKeys.length === 1 ? 'il est gardé' : 'ils sont gardés'} dans l’appel et dans son fichier, et
          ne {unknownKeys.length === 1 ? 'sert' : 'servent'} à rien ici.
        </p>
      )}
      <Publishing {...props} />
      <section aria-labelledby="fichier">
        <h2 id="fichier">Fichier et archives</h2>
        <p>
          <a href={callUrl(frame.side, 'yaml', at)}>Télécharger l’appel en YAML</a>, que{' '}
          <code>npm run call -- check</code> sait vérifier. Code : <code>{call.code}</code>.
        </p>
        <form method="post" action={callUrl(frame.side, 'archive', at)}>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="archiver" value={call.archived ? 'non' : 'oui'} />
          <p class="hint">
            {call.archived
              ? 'Cet appel est archivé : plus aucune grappe ne peut le choisir.'
              : 'Archivé, un appel n’est plus proposé. Les grappes qui y répondent le gardent : ' +
                'rien n’est supprimé.'}
          </p>
          <button type="submit" class="secondary">
            {call.archived ? 'Reprendre cet appel' : 'Archiver cet appel'}
          </button>
        </form>
      </section>
      {problems.length === 0 ? null : (
        <p class="muted">Un brouillon peut rester incomplet aussi longtemps que vous voulez.</p>
      )}
    </CallLayout>
  )
}

function Publishing({ frame, call, problems, nextVersion }: CallOverviewProps) {
  const forArs = frame.side === 'ars'
  const title = forArs ? 'Publier' : 'Mettre en service'
  return (
    <section aria-labelledby="publication" class="card">
      <h2 id="publication">{title}</h2>
      {problems.length > 0 ? (
        <>
          <p>Avant cela, {count(problems.length, 'point est à compléter', 'points sont à compléter')} :</p>
          <ul>
            {problems.map(({ where, url, sentence }) => (
              <li key={`${url} ${sentence}`}>
                <a href={url}>{where}</a> : {sentence}
              </li>
            ))}
          </ul>
        </>
      ) : nextVersion === null || call.archived ? (
        <p>
          {call.archived
            ? 'Reprenez d’abord cet appel, plus bas.'
            : 'Rien n’a changé depuis la dernière version : elle sert telle quelle.'}
        </p>
      ) : (
        <form method="post" action={callUrl(frame.side, 'publish', { call: call.id })}>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="revision" value={call.revision} />
          <p>
            {forArs
              ? `La version ${nextVersion} sera proposée à tous les porteurs de ce serveur, sous votre ` +
                `adresse ${frame.email}. `
              : `La version ${nextVersion} sera proposée pour vos nouvelles grappes. `}
            {nextVersion === 1
              ? 'Vous pourrez corriger l’appel et publier une autre version.'
              : 'Les grappes qui répondent à une version plus ancienne gardent la leur.'}
          </p>
          <button type="submit">
            {title} la version {nextVersion}
          </button>
        </form>
      )}
    </section>
  )
}
