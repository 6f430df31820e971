/** Leaving the grappe: what will happen is said before it does. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Verdict } from '../../../server/domain/eligibility.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { VerdictLine } from './verdict.tsx'

interface RemoveEsmsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  esms: { id: string; name: string }
  /** Versions that the member has deposited. */
  deposits: number
  /** The verdict once it has left. */
  after: Verdict
  motive: string
  errors: readonly FieldError[]
}

export function RemoveEsms(props: RemoveEsmsProps): JSX.Element {
  const { frame, grappe, esms, deposits, after, motive, errors } = props
  const at = { grappe: grappe.grappeId, esms: esms.id }
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="members"
      title={`Retirer « ${esms.name} »`}
      errors={errors}
    >
      <p class="lead">Voici ce que fera ce retrait.</p>
      <ul>
        <li>L’ESMS ne comptera plus dans la grappe, à partir d’aujourd’hui.</li>
        <li>Son lien de dépôt cessera de fonctionner.</li>
        {deposits === 0 ? (
          <li>
            Il n’a rien déposé : sa ligne sera effacée, et vous devrez la saisir de nouveau s’il revient.
          </li>
        ) : (
          <>
            <li>
              {count(deposits, 'dépôt')} {deposits < 2 ? 'sortira' : 'sortiront'} du dossier et{' '}
              {deposits < 2 ? 'restera' : 'resteront'} dans l’historique.
            </li>
            <li>Vous pourrez le réintégrer ; il lui faudra alors un nouveau lien.</li>
          </>
        )}
        <li>Le motif restera au journal, avec la date.</li>
      </ul>
      <h2>Le verdict après ce retrait</h2>
      <VerdictLine verdict={after} />
      <form method="post" action={urlTo('removeEsms', at)} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <Field
          name="motive"
          label="Motif du retrait"
          hint="Exemple : l’établissement rejoint une autre grappe."
          value={motive}
          errors={errors}
        />
        <p class="actions">
          <button type="submit" class="danger">
            Retirer cet ESMS
          </button>
          <a href={urlTo('members', { grappe: grappe.grappeId })}>Annuler</a>
        </p>
      </form>
    </GrappePage>
  )
}

interface RemoveOgProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  og: { id: string; name: string }
  carries: boolean
  /** Why it was refused; null before trying. */
  refusal: string | null
}

export function RemoveOg({ frame, grappe, og, carries, refusal }: RemoveOgProps): JSX.Element {
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title={`Retirer « ${og.name} »`}>
      {refusal === null ? null : (
        <p class="errors" role="alert">
          {refusal}
        </p>
      )}
      <p class="lead">
        L’organisme sera effacé de la grappe, et son lien de dépôt cessera de fonctionner. Ce n’est possible
        que s’il ne gère plus aucun ESMS ici, même retiré, et n’a rien déposé.
      </p>
      {carries ? <p>Il porte la candidature : choisissez ensuite un autre porteur.</p> : null}
      <form method="post" action={urlTo('removeOg', { grappe: grappe.grappeId, og: og.id })} class="card">
        <Csrf token={frame.csrf} />
        <p class="actions">
          <button type="submit" class="danger">
            Retirer cet organisme
          </button>
          <a href={urlTo('members', { grappe: grappe.grappeId })}>Annuler</a>
        </p>
      </form>
    </GrappePage>
  )
}
