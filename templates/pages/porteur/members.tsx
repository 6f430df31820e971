/** Who is in the grappe: its ESMS and what is missing on each line, its OG, and who left. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Domaine, Projet } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { normaliseFiness } from '../../../server/domain/finess.ts'
import type { Esms, Og, RegistryStatus } from '../../../server/domain/grappe.ts'
import {
  GAPS,
  type Gap,
  gapsOf,
  type ListedMember,
  MEMBER_SORTS,
  type MemberChoice,
  type MemberSort,
} from '../../../server/domain/member-list.ts'
import { comparedWith, type RegistryDate } from '../../../server/domain/registry.ts'
import { Csrf, Empty, Select } from '../components.tsx'
import { capital, count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { LinkStateBadge, type MemberLinkState } from './link-state.tsx'

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
  contactPhone: string | null
  link: MemberLinkState
  others: readonly { id: string; name: string | null; email: string; isDelegate: boolean }[]
}

export interface EsmsLine extends Esms, ListedMember, Contacted {
  commune: string | null
  /** Authorised places. */
  capacite: number | null
  solutionVersion: string | null
}

export interface OgLine extends Og, Contacted {
  carries: boolean
  /** Members still in. */
  members: number
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
  /** Those shown, in order. */
  esms: readonly EsmsLine[]
  /** Before the filter. */
  total: number
  /** Of all of them, how many lines lack something. */
  toComplete: number
  choice: MemberChoice
  withdrawn: readonly WithdrawnLine[]
  registry: RegistryDate | null
  /** Corrections of members that wait. */
  corrections: number
}

type At = { grappe: string }

const GAP_WORDS: Readonly<Record<Gap, string>> = {
  finess: 'le numéro FINESS',
  domaine: 'le domaine',
  projet: 'le projet',
  solution: 'la solution',
  contact: 'l’e-mail du contact',
}

/** What the porteur has still to fill in, in words. */
function missingWords(esms: EsmsLine): string {
  const gaps = gapsOf(esms).map(gap => GAP_WORDS[gap])
  return gaps.length === 0 ? 'Rien' : `Il manque ${list(gaps)}.`
}

const isComplete = (esms: EsmsLine) => gapsOf(esms).length === 0

function finessWarning(finess: string | null): string | null {
  const read = finess === null ? null : normaliseFiness(finess)
  return read?.ok ? read.warning : null
}

/** The same list otherwise filtered or sorted; what is as at first is left out of the address. */
function listAddress(at: At, { gap, ogId, text, sort, descending }: MemberChoice): string {
  const kept = Object.entries({
    manque: gap,
    og: ogId,
    texte: text,
    tri: sort === 'nom' ? null : sort,
    sens: descending ? 'desc' : null,
  }).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== '')
  const query = new URLSearchParams(kept).toString()
  return `${urlTo('members', at)}${query === '' ? '' : `?${query}`}`
}

const isFiltered = ({ gap, ogId, text }: MemberChoice) => gap !== null || ogId !== null || text !== ''

function Filters({ at, ogs, choice }: { at: At; ogs: readonly OgLine[]; choice: MemberChoice }) {
  return (
    <form method="get" action={urlTo('members', at)} class="filters one-line" aria-label="Filtres">
      {choice.sort === 'nom' ? null : <input type="hidden" name="tri" value={choice.sort} />}
      {choice.descending ? <input type="hidden" name="sens" value="desc" /> : null}
      {ogs.length < 2 ? null : (
        <Select
          name="og"
          label="OG"
          value={choice.ogId ?? ''}
          empty={`Les ${count(ogs.length, 'OG', 'OG')}`}
          errors={[]}
          choices={ogs.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <Select
        name="manque"
        label="À compléter"
        value={choice.gap ?? ''}
        empty="Toutes les lignes"
        errors={[]}
        choices={[
          { value: 'tout', label: 'Tout ce qui manque' },
          ...GAPS.map(gap => ({ value: gap, label: capital(GAP_WORDS[gap]) })),
        ]}
      />
      <div class="field">
        <label htmlFor="texte">Nom, FINESS, contact</label>
        <input id="texte" name="texte" type="search" value={choice.text} autocomplete="off" />
      </div>
      <button type="submit" class="secondary">
        Filtrer
      </button>
      {isFiltered(choice) ? (
        <a class="button secondary" href={listAddress(at, { ...choice, gap: null, ogId: null, text: '' })}>
          Tout afficher
        </a>
      ) : null}
    </form>
  )
}

const SORT_WORDS: Readonly<Record<MemberSort, string>> = {
  nom: 'ESMS',
  og: 'OG',
  finess: 'FINESS (ET)',
  domaine: 'Domaine',
  volet: 'Projet',
  solution: 'Solution',
  manque: 'À compléter',
}

/** A head that sorts: the same one again turns the order round. */
function SortHead({ at, sort, choice }: { at: At; sort: MemberSort; choice: MemberChoice }) {
  const isSorted = choice.sort === sort
  const descending = isSorted && !choice.descending
  const order = choice.descending ? ('descending' as const) : ('ascending' as const)
  return (
    <th scope="col" class={`col-${sort}`} {...(isSorted ? { 'aria-sort': order } : {})}>
      <a href={listAddress(at, { ...choice, sort, descending })}>{SORT_WORDS[sort]}</a>
      {sort === 'nom' ? (
        <label class="choose-all">
          <input type="checkbox" data-choose-all="column" />
          <span>tout choisir</span>
        </label>
      ) : null}
    </th>
  )
}

/** Id of the form that the boxes belong to, wherever they are on the page. */
const CHOICE_FORM = 'lot'

function EsmsTable({ at, esms, ogs, choice }: Pick<MembersProps, 'esms' | 'ogs' | 'choice'> & { at: At }) {
  const sorts = MEMBER_SORTS.filter(sort => sort !== 'og' || ogs.length > 1)
  return (
    <div class="scroll whole">
      <table class="matrix roster" aria-labelledby="esms">
        <thead>
          <tr>
            {sorts.map(sort => (
              <SortHead key={sort} at={at} sort={sort} choice={choice} />
            ))}
            <th scope="col" class="col-contact">
              Contact et lien
            </th>
            <th scope="col" class="col-actions">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {esms.map(line => (
            <EsmsRow key={line.id} at={at} esms={line} namesOg={ogs.length > 1} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function EsmsRow({ at, esms, namesOg }: { at: At; esms: EsmsLine; namesOg: boolean }) {
  const own = { ...at, esms: esms.id }
  const warning = finessWarning(esms.finess)
  const places = esms.capacite === null ? null : count(esms.capacite, 'place')
  const where = [esms.commune, places].filter(text => text !== null).join(', ')
  return (
    <tr>
      <th scope="row">
        <input
          type="checkbox"
          name="choix"
          value={esms.id}
          form={CHOICE_FORM}
          aria-label={`Choisir ${esms.name}`}
        />
        <a href={urlTo('editEsms', own)}>{esms.name}</a>
        {where === '' ? null : <p class="hint">{where}</p>}
      </th>
      {namesOg ? <td data-label="OG">{esms.ogName}</td> : null}
      <td data-label={SORT_WORDS.finess}>
        {esms.finess ?? '—'}
        {esms.finess === null ? null : <p class="hint">{REGISTRY_WORDS[esms.registry]}</p>}
        {warning === null ? null : <p class="hint">{warning}</p>}
      </td>
      <td data-label={SORT_WORDS.domaine}>{esms.domaine ?? '—'}</td>
      <td data-label={SORT_WORDS.volet}>{esms.projet === null ? '—' : PROJET_WORDS[esms.projet]}</td>
      <td data-label={SORT_WORDS.solution}>
        {esms.solution ?? '—'}
        {esms.solutionVersion === null ? null : <p class="hint">version {esms.solutionVersion}</p>}
      </td>
      <td data-label={SORT_WORDS.manque} class={isComplete(esms) ? 'nothing' : 'line'}>
        {missingWords(esms)}
      </td>
      <td data-label="Contact et lien" class="line">
        <Contact {...esms} /> <LinkStateBadge state={esms.link} />
      </td>
      <td>
        <span class="actions">
          <a href={urlTo('esmsContacts', own)} aria-label={`Contacts de ${esms.name}`}>
            Contacts
          </a>
          <a href={urlTo('removeEsms', own)} aria-label={`Retirer ${esms.name}`}>
            Retirer
          </a>
        </span>
      </td>
    </tr>
  )
}

/** Broken where it reads best, when it has to be. */
export function Email({ address }: { address: string }): JSX.Element {
  const [name, domain] = address.split('@')
  // Of somebody who was erased, a few words stay.
  if (domain === undefined) return <>{address}</>
  return (
    <>
      {name}@<wbr />
      {domain.split('.').map((part, order) => (order === 0 ? part : [<wbr key={part} />, `.${part}`]))}
    </>
  )
}

const Contact = ({ contactName, contactEmail, contactPhone, others }: Contacted): JSX.Element => (
  <>
    {contactName}
    {contactName !== null && contactEmail !== null ? <br /> : null}
    {contactEmail === null ? contactName === null ? '—' : null : <Email address={contactEmail} />}
    {contactPhone === null ? null : <p class="hint">{contactPhone}</p>}
    {others.map(({ id, name, email, isDelegate }) => (
      <p class="hint" key={id}>
        {isDelegate ? 'contact délégué :' : 'aussi'} {name === null ? email : `${name}, ${email}`}
      </p>
    ))}
  </>
)

/** What the script says of the boxes, by how many are chosen. */
const CHOICE_WORDS = {
  none: [
    '{n} ESMS affiché : cochez-le pour le changer.',
    '{n} ESMS affichés : cochez ceux à changer ensemble.',
  ],
  some: '{chosen} sur {n}. Une page dit ce qui change avant de le faire.',
  button: ['Changer les ESMS choisis', 'Changer l’ESMS choisi', 'Changer les {chosen} ESMS choisis'],
}

/** Where the ESMS chosen go; a second button takes all those that are shown. */
function ChoiceForm({
  frame,
  at,
  esms,
  choice,
}: Pick<MembersProps, 'frame' | 'esms' | 'choice'> & { at: At }) {
  return (
    <form
      id={CHOICE_FORM}
      class="choice-bar"
      method="post"
      action={urlTo('editMembers', at)}
      aria-label="Changer plusieurs ESMS"
      data-choice={JSON.stringify(CHOICE_WORDS)}
    >
      <Csrf token={frame.csrf} />
      <input type="hidden" name="manque" value={choice.gap ?? ''} />
      <input type="hidden" name="og" value={choice.ogId ?? ''} />
      <input type="hidden" name="texte" value={choice.text} />
      <button type="submit">Changer les ESMS choisis</button>
      {esms.length < 2 ? null : (
        <button type="submit" class="secondary" name="tous" value="oui">
          Changer les {esms.length} affichés
        </button>
      )}
      <p class="muted" data-choice-told>
        Domaine, catégorie, projet ou solution, pour plusieurs ESMS à la fois. Une page dit ce qui change
        avant de le faire.
      </p>
    </form>
  )
}

function Ogs({ at, ogs }: { at: At; ogs: readonly OgLine[] }) {
  return (
    <section aria-labelledby="ogs">
      <h2 id="ogs">
        Organismes gestionnaires <span class="muted">{ogs.length}</span>
      </h2>
      <div class="scroll whole">
        <table class="roster" aria-labelledby="ogs">
          <thead>
            <tr>
              <th scope="col" class="col-og-nom">
                OG
              </th>
              <th scope="col" class="col-finess">
                FINESS (EJ)
              </th>
              <th scope="col" class="col-number">
                ESMS
              </th>
              <th scope="col" class="col-og-contact">
                Contact et lien
              </th>
              <th scope="col" class="col-og-actions">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {ogs.map(og => (
              <OgRow key={og.id} at={at} og={og} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function OgRow({ at, og }: { at: At; og: OgLine }) {
  const own = { ...at, og: og.id }
  return (
    <tr>
      <th scope="row">
        <a href={urlTo('editOg', own)}>{og.name}</a>{' '}
        {og.carries ? <span class="tag">porteur de la grappe</span> : null}
      </th>
      <td data-label="FINESS (EJ)">{og.finessEj ?? 'à compléter'}</td>
      <td data-label="ESMS">{og.members}</td>
      <td data-label="Contact et lien" class="line">
        <Contact {...og} /> <LinkStateBadge state={og.link} />
        {og.contactEmail === null && og.others.length === 0 ? (
          <p class="hint">
            Sans adresse e-mail, personne ne reçoit la demande des pièces de cet OG.{' '}
            <a href={urlTo('editOg', own)} aria-label={`Donner un contact à ${og.name}`}>
              Donner un contact
            </a>
          </p>
        ) : null}
      </td>
      <td>
        <span class="actions">
          <a href={`${urlTo('newEsms', at)}?ogId=${og.id}`} aria-label={`Ajouter un ESMS de ${og.name}`}>
            Ajouter un ESMS
          </a>
          <a href={urlTo('ogContacts', own)} aria-label={`Contacts de l’OG ${og.name}`}>
            Contacts
          </a>
          <a href={urlTo('removeOg', own)} aria-label={`Retirer l’OG ${og.name}`}>
            Retirer
          </a>
        </span>
      </td>
    </tr>
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
  const { frame, grappe, ogs, withdrawn, registry, total, toComplete } = props
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title="Membres" wide scripts={['choose']}>
      {props.corrections === 0 ? null : (
        <p class="motive">
          {count(props.corrections, 'correction attend', 'corrections attendent')} votre accord.{' '}
          <a href={urlTo('corrections', at)}>Comparer et décider</a>
        </p>
      )}
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
            {count(total, 'ESMS', 'ESMS')}, {count(ogs.length, 'OG', 'OG')}.{' '}
            {total === 0
              ? 'Ajoutez les ESMS qui entrent dans la grappe.'
              : toComplete === 0
                ? 'Toutes les lignes sont complètes.'
                : `${count(toComplete, 'ligne')} à compléter.`}{' '}
            <span class="muted">{comparedWith(registry)}</span>
          </p>
          <div class="actions">
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
            <a href={urlTo('corrections', at)}>Corrections des membres</a>
          </div>
          {total === 0 ? null : <EsmsSection {...props} at={at} />}
          <Ogs at={at} ogs={ogs} />
        </>
      )}
      {withdrawn.length === 0 ? null : <Withdrawn {...props} />}
    </GrappePage>
  )
}

function EsmsSection(props: MembersProps & { at: At }) {
  const { at, esms, ogs, total, choice } = props
  return (
    <section aria-labelledby="esms">
      <h2 id="esms">
        ESMS <span class="muted">{esms.length === total ? total : `${esms.length} sur ${total}`}</span>
      </h2>
      {total < 2 ? null : <Filters at={at} ogs={ogs} choice={choice} />}
      {esms.length === 0 ? (
        <p>Aucun ESMS ne correspond à ces filtres.</p>
      ) : (
        <>
          <EsmsTable at={at} esms={esms} ogs={ogs} choice={choice} />
          <ChoiceForm {...props} />
        </>
      )}
    </section>
  )
}
