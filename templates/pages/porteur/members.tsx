/** Who is in the grappe: each OG with its ESMS, what is missing on each line, and who left. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Domaine, Projet } from '../../../server/domain/call.ts'
import { normaliseFiness } from '../../../server/domain/finess.ts'
import type { Esms, Og } from '../../../server/domain/grappe.ts'
import { Csrf, Empty } from '../components.tsx'
import { count, list, longDay } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'
import { type LinkState, LinkStateBadge } from './link-state.tsx'

export const DOMAINE_WORDS: Readonly<Record<Domaine, string>> = {
  PA: 'PA (personnes âgées)',
  PH: 'PH (handicap)',
  DOM: 'DOM (aide et soins à domicile)',
  PDE: 'PDE (protection de l’enfance)',
  PDS: 'PDS (personnes en difficultés spécifiques)',
  AHI: 'AHI (accueil, hébergement, insertion)',
  PJM: 'PJM (protection juridique des majeurs)',
}

export const PROJET_WORDS: Readonly<Record<Projet, string>> = {
  acquisition: 'acquisition',
  'mise-en-conformite': 'mise en conformité',
}

interface Contacted {
  contactName: string | null
  contactEmail: string | null
  link: LinkState
}

export interface EsmsLine extends Esms, Contacted {}

export interface OgLine extends Og, Contacted {
  carries: boolean
  esms: readonly EsmsLine[]
}

export interface WithdrawnLine {
  id: string
  name: string
  finess: string | null
  withdrawnOn: Day
  motive: string
}

interface MembersProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  ogs: readonly OgLine[]
  solutions: ReadonlyMap<string, string>
  withdrawn: readonly WithdrawnLine[]
}

/** What the porteur has still to fill in, in words. */
function missingWords(esms: EsmsLine): string {
  const missing = [
    esms.finess === null ? 'le numéro FINESS' : null,
    esms.domaine === null ? 'le domaine' : null,
    esms.projet === null ? 'le projet' : null,
    esms.solutionId === null ? 'la solution' : null,
    esms.contactEmail === null ? 'l’e-mail du contact' : null,
  ].filter(word => word !== null)
  return missing.length === 0 ? 'Rien' : `Il manque ${list(missing)}.`
}

function finessWarning(finess: string | null): string | null {
  const read = finess === null ? null : normaliseFiness(finess)
  return read?.ok ? read.warning : null
}

const Contact = ({ contactName, contactEmail }: Contacted): JSX.Element => (
  <>
    {contactName ?? ''}
    {contactName !== null && contactEmail !== null ? <br /> : null}
    {contactEmail ?? (contactName === null ? '—' : '')}
  </>
)

function EsmsRow({
  grappeId,
  esms,
  solution,
}: {
  grappeId: string
  esms: EsmsLine
  solution: string | null
}): JSX.Element {
  const at = { grappe: grappeId, esms: esms.id }
  const warning = finessWarning(esms.finess)
  return (
    <tr id={`esms-${esms.id}`}>
      <th scope="row">
        <a href={urlTo('editEsms', at)}>{esms.name}</a>
        {warning === null ? null : <p class="hint">{warning}</p>}
      </th>
      <td>{esms.finess === null ? '—' : <code>{esms.finess}</code>}</td>
      <td>{esms.domaine ?? '—'}</td>
      <td>{esms.projet === null ? '—' : PROJET_WORDS[esms.projet]}</td>
      <td>{solution ?? '—'}</td>
      <td>
        <Contact {...esms} />
      </td>
      <td>
        <LinkStateBadge state={esms.link} />
      </td>
      <td>{missingWords(esms)}</td>
      <td>
        <span class="actions">
          <a href={urlTo('editEsms', at)} aria-label={`Corriger ${esms.name}`}>
            Corriger
          </a>
          <a href={urlTo('removeEsms', at)} aria-label={`Retirer ${esms.name}`}>
            Retirer
          </a>
        </span>
      </td>
    </tr>
  )
}

function OgSection({
  grappeId,
  og,
  solutions,
}: {
  grappeId: string
  og: OgLine
  solutions: ReadonlyMap<string, string>
}): JSX.Element {
  const at = { grappe: grappeId, og: og.id }
  const addEsms = `${urlTo('newEsms', { grappe: grappeId })}?ogId=${og.id}`
  const solutionOf = (id: string | null) => (id === null ? null : (solutions.get(id) ?? null))
  return (
    <section aria-labelledby={`og-${og.id}`}>
      <h2 id={`og-${og.id}`}>
        {og.name} {og.carries ? <span class="tag">porteur de la grappe</span> : null}
      </h2>
      <dl class="facts">
        <dt>FINESS juridique (EJ)</dt>
        <dd>{og.finessEj === null ? 'non renseigné' : <code>{og.finessEj}</code>}</dd>
        <dt>Contact</dt>
        <dd>
          <Contact {...og} />
        </dd>
        <dt>Lien de dépôt</dt>
        <dd>
          <LinkStateBadge state={og.link} />
        </dd>
      </dl>
      <p class="actions">
        <a class="button secondary" href={addEsms}>
          Ajouter un ESMS de cet OG
        </a>
        <a href={urlTo('editOg', at)} aria-label={`Corriger ${og.name}`}>
          Corriger l’OG
        </a>
        <a href={urlTo('removeOg', at)} aria-label={`Retirer ${og.name}`}>
          Retirer l’OG
        </a>
      </p>
      {og.esms.length === 0 ? (
        <p>Aucun ESMS pour cet OG : ajoutez ceux qui entrent dans la grappe.</p>
      ) : (
        <section class="scroll" tabindex={0} aria-label={`ESMS de ${og.name}`}>
          <table class="data">
            <thead>
              <tr>
                <th scope="col">ESMS</th>
                <th scope="col">FINESS (ET)</th>
                <th scope="col">Domaine</th>
                <th scope="col">Projet</th>
                <th scope="col">Solution</th>
                <th scope="col">Contact</th>
                <th scope="col">Lien</th>
                <th scope="col">À compléter</th>
                <th scope="col">Actions</th>
              </tr>
            </thead>
            <tbody>
              {og.esms.map(esms => (
                <EsmsRow
                  key={esms.id}
                  grappeId={grappeId}
                  esms={esms}
                  solution={solutionOf(esms.solutionId)}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

function Withdrawn({
  frame,
  grappeId,
  withdrawn,
}: {
  frame: PorteurFrame
  grappeId: string
  withdrawn: readonly WithdrawnLine[]
}): JSX.Element {
  return (
    <section aria-labelledby="retires">
      <h2 id="retires">ESMS retirés</h2>
      <p>Ils ne comptent plus. Leurs pièces sont hors du dossier et restent dans l’historique.</p>
      <section class="scroll" tabindex={0} aria-label="ESMS retirés">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">ESMS</th>
              <th scope="col">FINESS (ET)</th>
              <th scope="col">Retiré le</th>
              <th scope="col">Motif</th>
              <th scope="col">Action</th>
            </tr>
          </thead>
          <tbody>
            {withdrawn.map(esms => (
              <tr key={esms.id}>
                <th scope="row">{esms.name}</th>
                <td>{esms.finess ?? '—'}</td>
                <td>{longDay(esms.withdrawnOn)}</td>
                <td>{esms.motive}</td>
                <td>
                  <form method="post" action={urlTo('reinstateEsms', { grappe: grappeId, esms: esms.id })}>
                    <Csrf token={frame.csrf} />
                    <button type="submit" class="secondary" aria-label={`Réintégrer ${esms.name}`}>
                      Réintégrer
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

export function Members({ frame, grappe, ogs, solutions, withdrawn }: MembersProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const esms = ogs.flatMap(og => og.esms)
  const toComplete = esms.filter(each => missingWords(each) !== 'Rien').length
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title="Membres" wide>
      {ogs.length === 0 ? (
        <Empty title="La grappe n’a pas encore de membre.">
          <p>
            Commencez par l’organisme gestionnaire (OG) qui porte la candidature. Vous ajouterez ensuite ses
            ESMS, puis les autres OG.
          </p>
          <a class="button" href={urlTo('newOg', at)}>
            Ajouter l’OG porteur
          </a>
        </Empty>
      ) : (
        <>
          <p class="lead">
            {count(esms.length, 'ESMS', 'ESMS')}, {count(ogs.length, 'OG', 'OG')}.{' '}
            {toComplete === 0
              ? 'Toutes les lignes sont complètes.'
              : `${count(toComplete, 'ligne')} à compléter.`}
          </p>
          <p class="actions">
            <a class="button" href={urlTo('newEsms', at)}>
              Ajouter un ESMS
            </a>
            <a class="button secondary" href={urlTo('newOg', at)}>
              Ajouter un OG
            </a>
            <a class="button secondary" href={urlTo('solution', at)}>
              Choisir la solution DUI
            </a>
          </p>
          {ogs.map(og => (
            <OgSection key={og.id} grappeId={grappe.grappeId} og={og} solutions={solutions} />
          ))}
        </>
      )}
      {withdrawn.length === 0 ? null : (
        <Withdrawn frame={frame} grappeId={grappe.grappeId} withdrawn={withdrawn} />
      )}
    </GrappePage>
  )
}
