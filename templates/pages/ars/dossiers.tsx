/** Every dossier handed to a reviewer, to go through forty of them in a week. */
import type { JSX } from 'preact'
import { CALL_PAGES, PASSKEY_PAGES, urlTo } from '../../../schema/urls.ts'
import { dayOf } from '../../../server/domain/deadline.ts'
import { VERDICT_WORDS } from '../../../server/domain/eligibility.ts'
import {
  DOSSIER_ORDERS,
  DOSSIER_STATES,
  type DossierFilter,
  type DossierOrder,
  type DossierState,
  dossierState,
  type HandedDossier,
  QUEUE_STAGES,
  type QueueStage,
  queueCall,
} from '../../../server/domain/handed-dossier.ts'
import { Csrf, Empty, Field, Select } from '../components.tsx'
import { count, shortDay } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { arsPieceUrl } from './frame.tsx'
import { OpinionBadge } from './review.tsx'

const STATE_CHOICES: Readonly<Record<DossierState, string>> = {
  'a-venir': 'Pas encore scellé',
  'sans-avis': 'Sans avis sur la dernière version',
  recevable: 'Recevable',
  'a-completer': 'À compléter',
  'non-recevable': 'Non recevable',
}

const STAGE_CHOICES: Readonly<Record<QueueStage, string>> = {
  'a-venir': 'Pas encore scellé',
  'a-lire': 'À lire',
  complement: 'Complément demandé',
  'avis-rendu': 'Avis rendu',
}

const ORDER_CHOICES: Readonly<Record<DossierOrder, string>> = {
  nouveau: 'Nouveautés d’abord',
  nom: 'Nom de la grappe',
  reste: 'Le plus à examiner',
  recent: 'Scellé récemment',
}

/** Lines of one page. */
export const DOSSIERS_PER_PAGE = 50

export interface ArsDossiersProps {
  /** `email`: the reviewer's. */
  frame: PorteurFrame
  /** From 1, of how many: `DOSSIERS_PER_PAGE` of those that match on each. */
  page: number
  pages: number
  /** Those that match the filter, in order. */
  dossiers: readonly HandedDossier[]
  /** Before the filter, in any order. */
  all: readonly HandedDossier[]
  filter: DossierFilter
  /** The reviewer's, with the addresses of its members; null without one. */
  service: { name: string; members: readonly string[] } | null
  /** Filters of the address, from its `?` on: an assignment comes back to them. */
  query: string
  /** Services in which it is invited, and has not answered. */
  invitations: readonly { id: string; service: string; invitedBy: string }[]
}

export function ArsDossiers(props: ArsDossiersProps): JSX.Element {
  const { frame, dossiers, all, filter, service, invitations } = props
  const total = all.length
  const isFiltered =
    filter.text.trim() !== '' ||
    filter.state !== null ||
    filter.stage !== null ||
    filter.call !== null ||
    filter.assignee !== null ||
    filter.complete !== null ||
    filter.toExamine !== null ||
    filter.onlyNew
  return (
    <Layout frame={frame} title="Dossiers remis à l’ARS" who={`ARS, ${frame.email}`} wide>
      <h1>Dossiers remis à l’ARS</h1>
      {invitations.map(({ id, service: offered, invitedBy }) => (
        <p key={id} class="motive">
          <strong>
            {invitedBy} vous invite dans le service « {offered} ».
          </strong>{' '}
          <a href={urlTo('arsService')}>Lire l’invitation et répondre</a>
        </p>
      ))}
      <p class="actions">
        <a href={urlTo('arsService')}>
          {service === null ? 'Instruire à plusieurs' : `Service « ${service.name} »`}
        </a>
        <a href={CALL_PAGES.ars.list}>Écrire et publier un appel à projets</a>
        <a href={urlTo('arsSessions')}>Mes sessions</a>
        <a href={PASSKEY_PAGES.ars.list}>Clés d’accès</a>
      </p>
      {total === 0 ? (
        <Empty title="Aucun dossier ne vous est remis en ce moment">
          <p>Un porteur a pu retirer son lien, ou vous le remettre à une autre adresse. Demandez-le-lui.</p>
        </Empty>
      ) : (
        <>
          <Progress dossiers={dossiers} />
          <Filters {...props} isFiltered={isFiltered} />
          {dossiers.length === 0 ? (
            <Empty title="Aucun dossier ne correspond à ces filtres">
              <p>
                <a href={urlTo('arsDossiers')}>Afficher tous les dossiers</a>
              </p>
            </Empty>
          ) : (
            <>
              <DossierTable
                dossiers={shownOf(props)}
                oneCall={isOneCall(all)}
                email={frame.email}
                shared={service !== null}
              />
              <Pages {...props} />
              {service === null ? null : <Assign {...props} members={service.members} />}
            </>
          )}
        </>
      )}
      <form method="post" action={urlTo('arsSignOut')}>
        <Csrf token={frame.csrf} />
        <button type="submit" class="secondary">
          Se déconnecter
        </button>
      </form>
    </Layout>
  )
}

const shownOf = ({ dossiers, page }: ArsDossiersProps) =>
  dossiers.slice((page - 1) * DOSSIERS_PER_PAGE, page * DOSSIERS_PER_PAGE)

function Pages({ query, page, pages }: ArsDossiersProps) {
  if (pages === 1) return null
  const at = (number: number) => {
    const asked = new URLSearchParams(query)
    asked.set('page', String(number))
    return `${urlTo('arsDossiers')}?${asked}`
  }
  return (
    <nav aria-label="Pages des dossiers" class="actions">
      {page > 1 ? <a href={at(page - 1)}>Page précédente</a> : null}
      <span>
        Page {page} sur {pages}
      </span>
      {page < pages ? <a href={at(page + 1)}>Page suivante</a> : null}
    </nav>
  )
}

/** All answer the same call: it is then not said on each line. */
const isOneCall = (dossiers: readonly HandedDossier[]) =>
  new Set(dossiers.map(({ callTitle, region }) => `${callTitle} ${region ?? ''}`)).size < 2

/** How far the examination of the dossiers shown is, and the way to the next one. */
function Progress({ dossiers }: { dossiers: readonly HandedDossier[] }) {
  const sum = (figure: (seal: NonNullable<HandedDossier['seal']>) => number) =>
    dossiers.reduce((total, { seal }) => total + (seal === null ? 0 : figure(seal)), 0)
  const pieces = sum(seal => seal.pieces)
  const left = sum(seal => seal.toExamine)
  const next = dossiers.find(({ seal }) => seal !== null && seal.toExamine > 0)
  if (pieces === 0) return null
  return (
    <section class="advance" aria-labelledby="avancement">
      <h2 id="avancement" class="visually-hidden">
        Avancement
      </h2>
      {next?.seal?.nextPieceId ? (
        <p class="actions">
          <a class="button" href={arsPieceUrl(next.grappeId, next.seal.nextPieceId, next.seal.number)}>
            Examiner le prochain dossier
          </a>
          <span class="muted">{next.name}</span>
        </p>
      ) : null}
      <p class="muted">
        {count(pieces - left, 'pièce examinée', 'pièces examinées')} sur {pieces}.
      </p>
      <progress value={pieces - left} max={pieces} aria-label="Pièces examinées, dossiers affichés" />
    </section>
  )
}

const assigneeValue = ({ assignee }: DossierFilter, email: string): string =>
  assignee === null ? '' : assignee.email === email ? 'moi' : (assignee.email ?? 'personne')

function Filters({
  frame,
  filter,
  dossiers,
  all,
  service,
  isFiltered,
}: ArsDossiersProps & { isFiltered: boolean }) {
  const shown = dossiers.length
  const total = all.length
  return (
    <form method="get" action={urlTo('arsDossiers')} class="filters">
      <Field
        name="texte"
        label="Rechercher"
        hint="Grappe, porteur, appel ou région"
        value={filter.text}
        errors={[]}
        optional
      />
      <QueueFilters filter={filter} all={all} service={service} email={frame.email} />
      <Select
        name="avis"
        label="Avis"
        value={filter.state ?? ''}
        choices={DOSSIER_STATES.map(state => ({ value: state, label: STATE_CHOICES[state] }))}
        errors={[]}
        empty="Tous"
      />
      <Select
        name="dossier"
        label="Dossier"
        value={filter.complete === null ? '' : filter.complete ? 'complet' : 'incomplet'}
        choices={[
          { value: 'complet', label: 'Complet' },
          { value: 'incomplet', label: 'INCOMPLET ou À VÉRIFIER' },
        ]}
        errors={[]}
        empty="Tous"
      />
      <Select
        name="examen"
        label="Examen"
        value={filter.toExamine === null ? '' : filter.toExamine ? 'reste' : 'fini'}
        choices={[
          { value: 'reste', label: 'Pièces à examiner' },
          { value: 'fini', label: 'Tout examiné' },
        ]}
        errors={[]}
        empty="Tous"
      />
      <Select
        name="tri"
        label="Trier par"
        value={filter.order}
        choices={DOSSIER_ORDERS.map(order => ({ value: order, label: ORDER_CHOICES[order] }))}
        errors={[]}
      />
      <div class="choice">
        <input type="checkbox" id="nouveau" name="nouveau" value="oui" checked={filter.onlyNew} />
        <label htmlFor="nouveau">Nouveau depuis ma dernière ouverture</label>
      </div>
      <p class="actions">
        <button type="submit" class="secondary">
          Filtrer
        </button>
        {isFiltered ? <a href={urlTo('arsDossiers')}>Afficher tout</a> : null}
      </p>
      <p role="status">
        {shown === total ? count(total, 'dossier') : `${count(shown, 'dossier')} sur ${total}`}.
      </p>
    </form>
  )
}

/** To whom, for which call, and where it stands. */
function QueueFilters({
  filter,
  all,
  service,
  email,
}: Pick<ArsDossiersProps, 'filter' | 'all' | 'service'> & { email: string }) {
  const calls = [...new Set(all.map(queueCall))].toSorted((a, b) => a.localeCompare(b, 'fr'))
  return (
    <>
      {service === null ? null : (
        <Select
          name="attribue"
          label="Attribué"
          value={assigneeValue(filter, email)}
          choices={[
            { value: 'moi', label: 'À moi' },
            { value: 'personne', label: 'À personne' },
            ...service.members
              .filter(member => member !== email)
              .map(member => ({ value: member, label: member })),
          ]}
          errors={[]}
          empty="À tous"
        />
      )}
      {calls.length < 2 ? null : (
        <Select
          name="appel"
          label="Appel"
          value={filter.call ?? ''}
          choices={calls.map(call => ({ value: call, label: call }))}
          errors={[]}
          empty="Tous"
        />
      )}
      <Select
        name="etat"
        label="État"
        value={filter.stage ?? ''}
        choices={QUEUE_STAGES.map(stage => ({ value: stage, label: STAGE_CHOICES[stage] }))}
        errors={[]}
        empty="Tous"
      />
    </>
  )
}

interface DossierTableProps {
  dossiers: readonly HandedDossier[]
  oneCall: boolean
  /** The reviewer's. */
  email: string
  /** Whether it is the queue of a service: each dossier may be chosen and assigned. */
  shared: boolean
}

/** Of the form that assigns the dossiers chosen in the table above it. */
const ASSIGN_FORM = 'attribution'

function Assign({ frame, query, members }: ArsDossiersProps & { members: readonly string[] }) {
  return (
    <form id={ASSIGN_FORM} class="card" method="post" action={urlTo('arsAssign') + query}>
      <Csrf token={frame.csrf} />
      <Select
        name="email"
        label="Attribuer les dossiers cochés à"
        value={frame.email}
        choices={[
          ...members.map(member => ({
            value: member,
            label: member === frame.email ? `${member} (moi)` : member,
          })),
          { value: 'personne', label: 'Personne' },
        ]}
        errors={[]}
      />
      <button type="submit">Attribuer</button>
      <p class="hint">La personne reçoit un seul message. Les porteurs ne voient pas à qui vous attribuez.</p>
    </form>
  )
}

function DossierTable({ dossiers, oneCall, email, shared }: DossierTableProps) {
  return (
    <section class="scroll whole" tabindex={0} aria-label="Dossiers">
      <table class="data dossiers">
        <thead>
          <tr>
            <th scope="col">Grappe</th>
            <th scope="col">Dernière version</th>
            <th scope="col">Examen</th>
            <th scope="col">Éligibilité</th>
            <th scope="col">Avis</th>
            {shared ? <th scope="col">Attribué à</th> : null}
          </tr>
        </thead>
        <tbody>
          {dossiers.map(dossier => (
            <DossierLine
              key={dossier.grappeId}
              dossier={dossier}
              oneCall={oneCall}
              email={email}
              shared={shared}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function DossierLine({
  dossier,
  oneCall,
  email,
  shared,
}: Omit<DossierTableProps, 'dossiers'> & { dossier: HandedDossier }) {
  const {
    grappeId,
    name,
    handedTo,
    porteurName,
    callTitle,
    region,
    timeZone,
    seal,
    isNew,
    opinion,
    assignment,
  } = dossier
  const call = oneCall ? null : `${callTitle}${region === null ? '' : ` (${region})`}`
  const handed = handedTo === email ? null : `remis à ${handedTo}`
  const under = [porteurName, call, handed].filter(words => words !== null).join(' · ')
  return (
    <tr>
      <th scope="row">
        {shared ? (
          <input
            type="checkbox"
            form={ASSIGN_FORM}
            name="dossier"
            value={grappeId}
            aria-label={`Choisir ${name}`}
          />
        ) : null}{' '}
        <a href={urlTo('arsHome', { token: grappeId })}>{name}</a>{' '}
        {isNew ? <span class="etat deposee">nouveau</span> : null}
        {under === '' ? null : <span class="under muted">{under}</span>}
      </th>
      <td data-label="Dernière version">
        {seal === null ? (
          <span class="etat attendue">pas encore scellé</span>
        ) : (
          <>
            <span class="nowrap">
              Version {seal.number}, {shortDay(dayOf(seal.sealedAt, timeZone))}
            </span>{' '}
            {seal.complete ? (
              <span class="etat acceptee">complet</span>
            ) : (
              <span class="etat flag">{seal.missing === 0 ? 'À VÉRIFIER' : 'INCOMPLET'}</span>
            )}
          </>
        )}
      </td>
      <td data-label="Examen">{seal === null ? null : <Examined grappeId={grappeId} seal={seal} />}</td>
      <td data-label="Éligibilité">
        {seal === null ? null : <span class={`shape ${seal.verdict}`}>{VERDICT_WORDS[seal.verdict]}</span>}
      </td>
      <td data-label="Avis">
        {opinion === null ? (
          <span class="muted">{dossierState(dossier) === 'a-venir' ? '' : 'aucun'}</span>
        ) : (
          <>
            <OpinionBadge avis={opinion.avis} />
            {opinion.sealNumber === seal?.number ? null : (
              <span class="under muted">sur la version {opinion.sealNumber}</span>
            )}
          </>
        )}
      </td>
      {shared ? <AssignedTo assignment={assignment} email={email} timeZone={timeZone} /> : null}
    </tr>
  )
}

function AssignedTo({
  assignment,
  email,
  timeZone,
}: Pick<HandedDossier, 'assignment' | 'timeZone'> & { email: string }) {
  return (
    <td data-label="Attribué à">
      {assignment === null ? (
        <span class="muted">personne</span>
      ) : (
        <>
          {assignment.email === email ? 'moi' : assignment.email}
          <span class="under muted">
            par {assignment.by}, le {shortDay(dayOf(assignment.at, timeZone))}
          </span>
        </>
      )}
    </td>
  )
}

/** How far a dossier is, with the way to its next piece. */
function Examined({ grappeId, seal }: { grappeId: string; seal: NonNullable<HandedDossier['seal']> }) {
  const { pieces, toExamine, nextPieceId, missing, number } = seal
  return (
    <>
      {nextPieceId === null ? (
        `${pieces} sur ${pieces}, tout est examiné`
      ) : (
        <a href={arsPieceUrl(grappeId, nextPieceId, number)}>
          {toExamine} à examiner <span class="visually-hidden">: ouvrir la prochaine pièce</span>
        </a>
      )}
      {nextPieceId === null ? null : ` sur ${pieces}`}
      {missing === 0 ? null : (
        <span class="under muted">
          {missing} {missing < 2 ? 'obligatoire absente' : 'obligatoires absentes'}
        </span>
      )}
    </>
  )
}
