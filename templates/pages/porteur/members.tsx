/** Who is in the grappe: each OG with its ESMS, what is missing on each line, and who left. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Domaine, Projet } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { normaliseFiness } from '../../../server/domain/finess.ts'
import type { Esms, Og, RegistryStatus } from '../../../server/domain/grappe.ts'
import { comparedWith, type RegistryDate } from '../../../server/domain/registry.ts'
import { Csrf, Empty } from '../components.tsx'
import { count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
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

/** What the FINESS registry says of a number. */
const REGISTRY_WORDS: Readonly<Record<RegistryStatus, string>> = {
  'non-verifie': 'non vérifié',
  ouvert: 'ouvert au registre',
  ferme: 'fermé au registre',
  juridique: 'numéro juridique (EJ)',
  absent: 'absent du registre',
}

interface Contacted {
  contactName: string | null
  contactEmail: string | null
  link: LinkState
  others: readonly { id: string; name: string | null; email: string }[]
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
  /** Names, by id. */
  solutions: ReadonlyMap<string, string>
  withdrawn: readonly WithdrawnLine[]
  registry: RegistryDate | null
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

const Contact = ({ contactName, contactEmail, others }: Contacted): JSX.Element => (
  <>
    {contactName}
    {contactName !== null && contactEmail !== null ? <br /> : null}
    {contactEmail ?? (contactName === null ? '—' : null)}
    {others.map(({ id, name, email }) => (
      <p class="hint" key={id}>
        aussi {name === null ? email : `${name}, ${email}`}
      </p>
    ))}
  </>
)

function esmsCells(grappeId: string, esms: EsmsLine, solution: string | undefined): ComponentChildren[] {
  const at = { grappe: grappeId, esms: esms.id }
  const warning = finessWarning(esms.finess)
  return [
    <>
      {esms.name}
      {warning === null ? null : <p class="hint">{warning}</p>}
    </>,
    <>
      {esms.finess ?? '—'}
      {esms.finess === null ? null : <p class="hint">{REGISTRY_WORDS[esms.registry]}</p>}
    </>,
    `${esms.domaine ?? '—'}, ${esms.projet === null ? '—' : PROJET_WORDS[esms.projet]}`,
    solution ?? '—',
    <Contact key="contact" {...esms} />,
    <LinkStateBadge key="lien" state={esms.link} />,
    missingWords(esms),
    <span key="actions" class="actions">
      <a href={urlTo('editEsms', at)} aria-label={`Corriger ${esms.name}`}>
        Corriger
      </a>
      <a href={urlTo('esmsContacts', at)} aria-label={`Contacts de ${esms.name}`}>
        Contacts
      </a>
      <a href={urlTo('removeEsms', at)} aria-label={`Retirer ${esms.name}`}>
        Retirer
      </a>
    </span>,
  ]
}

interface OgSectionProps {
  grappeId: string
  og: OgLine
  solutions: ReadonlyMap<string, string>
}

function OgSection({ grappeId, og, solutions }: OgSectionProps): JSX.Element {
  const at = { grappe: grappeId, og: og.id }
  return (
    <section>
      <h2>
        {og.name} {og.carries ? <span class="tag">porteur de la grappe</span> : null}
      </h2>
      <p class="muted">
        FINESS juridique (EJ) : {og.finessEj ?? 'à compléter'}. Contact :{' '}
        {[og.contactName, og.contactEmail].filter(text => text !== null).join(', ') || 'à compléter'}
        {og.others.map(({ email }) => `, aussi ${email}`).join('')}. Lien de dépôt :{' '}
        <LinkStateBadge state={og.link} />
      </p>
      <p class="actions">
        <a class="button secondary" href={`${urlTo('newEsms', { grappe: grappeId })}?ogId=${og.id}`}>
          Ajouter un ESMS de cet OG
        </a>
        <a href={urlTo('editOg', at)} aria-label={`Corriger l’OG ${og.name}`}>
          Corriger l’OG
        </a>
        <a href={urlTo('ogContacts', at)} aria-label={`Contacts de l’OG ${og.name}`}>
          Contacts
        </a>
        <a href={urlTo('removeOg', at)} aria-label={`Retirer l’OG ${og.name}`}>
          Retirer l’OG
        </a>
      </p>
      {og.esms.length === 0 ? (
        <p>Aucun ESMS pour cet OG : ajoutez ceux qui entrent dans la grappe.</p>
      ) : (
        <DataTable
          label={`ESMS de ${og.name}`}
          columns={[
            'ESMS',
            'FINESS (ET)',
            'Domaine, projet',
            'Solution',
            'Contact',
            'Lien',
            'À compléter',
            'Actions',
          ]}
          rows={og.esms.map(esms => ({
            id: esms.id,
            cells: esmsCells(grappeId, esms, solutions.get(esms.solutionId ?? '')),
          }))}
        />
      )}
    </section>
  )
}

function Withdrawn({ frame, grappe, withdrawn }: MembersProps): JSX.Element {
  return (
    <section>
      <h2>ESMS retirés</h2>
      <p>Ils ne comptent plus. Leurs pièces sont hors du dossier et restent dans l’historique.</p>
      <DataTable
        label="ESMS retirés"
        columns={['ESMS', 'FINESS (ET)', 'Retiré le', 'Motif', 'Action']}
        rows={withdrawn.map(({ id, name, finess, withdrawnOn, motive }) => ({
          id,
          cells: [
            name,
            finess ?? '—',
            formatDay(withdrawnOn),
            motive,
            <form
              key="action"
              method="post"
              action={urlTo('reinstateEsms', { grappe: grappe.grappeId, esms: id })}
            >
              <Csrf token={frame.csrf} />
              <button type="submit" class="secondary" aria-label={`Réintégrer ${name}`}>
                Réintégrer
              </button>
            </form>,
          ],
        }))}
      />
    </section>
  )
}

export function Members(props: MembersProps): JSX.Element {
  const { frame, grappe, ogs, solutions, withdrawn, registry } = props
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
          <p class="actions">
            <a class="button" href={urlTo('newOg', at)}>
              Ajouter l’OG porteur
            </a>
            <a class="button secondary" href={urlTo('importMembers', at)}>
              Importer un tableur
            </a>
          </p>
        </Empty>
      ) : (
        <>
          <p class="lead">
            {count(esms.length, 'ESMS', 'ESMS')}, {count(ogs.length, 'OG', 'OG')}.{' '}
            {toComplete === 0
              ? 'Toutes les lignes sont complètes.'
              : `${count(toComplete, 'ligne')} à compléter.`}
          </p>
          <p class="muted">{comparedWith(registry)}</p>
          <p class="actions">
            <a class="button" href={urlTo('newEsms', at)}>
              Ajouter un ESMS
            </a>
            <a class="button secondary" href={urlTo('newOg', at)}>
              Ajouter un OG
            </a>
            <a class="button secondary" href={urlTo('importMembers', at)}>
              Importer un tableur
            </a>
            <a class="button secondary" href={urlTo('solutions', at)}>
              Solutions DUI
            </a>
          </p>
          {ogs.map(og => (
            <OgSection key={og.id} grappeId={grappe.grappeId} og={og} solutions={solutions} />
          ))}
        </>
      )}
      {withdrawn.length === 0 ? null : <Withdrawn {...props} />}
    </GrappePage>
  )
}
