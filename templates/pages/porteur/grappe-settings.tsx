/** One grappe itself: its name, and whether it is put away. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface GrappeSettingsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** As typed, or as it is. */
  name: string
  errors: readonly FieldError[]
  /** Links that work today, by whom they were given to. */
  links: { members: number; reviewers: number }
  /** Versions that keep the name that they have. */
  sealed: number
  /** The grappe whose members it started with; null for none. */
  from: { id: string; name: string } | null
  /** When it is erased, in one sentence. */
  erasure: string
}

export function GrappeSettings(props: GrappeSettingsProps): JSX.Element {
  const { frame, grappe, name, errors, sealed } = props
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="Réglages de la grappe" errors={errors}>
      <section class="card" aria-labelledby="nom">
        <h2 id="nom">Nom</h2>
        <form method="post" action={urlTo('renameGrappe', at)} novalidate>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="seen" value={grappe.grappeName} />
          <Field
            name="name"
            label="Nom de la grappe"
            hint={
              'Les pages, les messages et les prochains dossiers le portent. ' +
              (sealed === 0
                ? 'Une version scellée garde le nom qu’elle avait.'
                : `${count(sealed, 'version scellée garde', 'versions scellées gardent')} l’ancien.`)
            }
            value={name}
            errors={errors}
          />
          <button type="submit">Renommer</button>
        </form>
      </section>
      <section class="card" aria-labelledby="copie">
        <h2 id="copie">Copie</h2>
        {props.from === null ? null : (
          <p>
            Cette grappe a commencé avec les membres de{' '}
            <a href={urlTo('board', { grappe: props.from.id })}>{props.from.name}</a>.
          </p>
        )}
        <p>
          Pour répondre à un autre appel avec les mêmes membres, sans les saisir de nouveau. Celle-ci ne
          change pas.
        </p>
        <p>
          <a class="button secondary" href={urlTo('copyGrappe', at)}>
            Copier vers un autre appel
          </a>
        </p>
      </section>
      <Archive {...props} />
      <section class="card" aria-labelledby="conservation">
        <h2 id="conservation">Conservation</h2>
        <p>{props.erasure}</p>
        <p>
          <a class="button secondary" href={urlTo('retention', at)}>
            Conservation et suppression
          </a>
        </p>
      </section>
    </GrappePage>
  )
}

function Archive({ frame, grappe, links }: GrappeSettingsProps) {
  const at = { grappe: grappe.grappeId }
  const archived = Boolean(grappe.archivedOn)
  const given = links.members + links.reviewers
  const holders = [
    links.members === 0 ? '' : count(links.members, 'lien de membre', 'liens de membres'),
    links.reviewers === 0 ? '' : count(links.reviewers, 'lien de l’ARS', 'liens de l’ARS'),
  ].filter(Boolean)
  return (
    <section class="card" aria-labelledby="archive">
      <h2 id="archive">Archive</h2>
      <form method="post" action={urlTo('archiveGrappe', at)}>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="archiver" value={archived ? 'non' : 'oui'} />
        {archived ? (
          <p>
            Reprise, la grappe revient parmi les grappes en cours : les dépôts, les relances et le point de la
            semaine y sont de nouveau possibles, aux dates de l’appel.
          </p>
        ) : (
          <>
            <p>
              Archivée, la grappe quitte la liste des grappes en cours : plus de dépôt, plus de relance, plus
              de point de la semaine. Rien n’est supprimé, et vous pourrez la reprendre.
            </p>
            <p>
              {holders.length === 0
                ? 'Personne n’a de lien vers cette grappe.'
                : `${holders.join(' et ')} ${given === 1 ? 'continue' : 'continuent'} ` +
                  'd’ouvrir, pour lire et télécharger. Qui veut déposer lit que la grappe est archivée, et ' +
                  'votre adresse. Personne n’en est prévenu.'}
            </p>
          </>
        )}
        <button type="submit" class="secondary">
          {archived ? 'Reprendre cette grappe' : 'Archiver cette grappe'}
        </button>
      </form>
    </section>
  )
}
