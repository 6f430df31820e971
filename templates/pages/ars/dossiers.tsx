/** Every dossier handed to a reviewer, to go through forty of them in a week. */
import type { JSX } from 'preact'
import { CALL_PAGES, PASSKEY_PAGES, urlTo } from '../../../schema/urls.ts'
import { dayOf } from '../../../server/domain/deadline.ts'
import {
  DOSSIER_ORDERS,
  DOSSIER_STATES,
  type DossierFilter,
  type DossierOrder,
  type DossierState,
  dossierState,
  type HandedDossier,
} from '../../../server/domain/handed-dossier.ts'
import { Csrf, Empty, Field, Select } from '../components.tsx'
import { count, shortDay } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { VERDICT_WORDS } from '../porteur/verdict.tsx'
import { arsPieceUrl } from './frame.tsx'
import { OpinionBadge } from './review.tsx'

const STATE_CHOICES: Readonly<Record<DossierState, string>> = {
  'a-venir': 'Pas encore scellé',
  'sans-avis': 'Sans avis sur la dernière version',
  recevable: 'Recevable',
  'a-completer': 'À compléter',
  'non-recevable': 'Non recevable',
}

const ORDER_CHOICES: Readonly<Record<DossierOrder, string>> = {
  nouveau: 'Nouveautés d’abord',
  nom: 'Nom de la grappe',
  reste: 'Le plus à examiner',
  recent: 'Scellé récemment',
}

export interface ArsDossiersProps {
  /** `email`: the reviewer's. */
  frame: PorteurFrame
  /** Those that match the filter, in order. */
  dossiers: readonly HandedDossier[]
  /** Before the filter, in any order. */
  all: readonly HandedDossier[]
  filter: DossierFilter
  /** Name of the reviewer's service; null without one. */
  service: string | null
  /** Services in which it is invited, and has not answered. */
  invitations: readonly { id: string; service: string; invitedBy: string }[]
}

export function ArsDossiers(props: ArsDossiersProps): JSX.Element {
  const { frame, dossiers, all, filter, service, invitations } = props
  const total = all.length
  const isFiltered =
    filter.text.trim() !== '' ||
    filter.state !== null ||
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
          {service === null ? 'Instruire à plusieurs' : `Service « ${service} »`}
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
          <Filters filter={filter} shown={dossiers.length} total={total} isFiltered={isFiltered} />
          {dossiers.length === 0 ? (
            <Empty title="Aucun dossier ne correspond à ces filtres">
              <p>
                <a href={urlTo('arsDossiers')}>Afficher tous les dossiers</a>
              </p>
            </Empty>
          ) : (
            <DossierTable dossiers={dossiers} oneCall={isOneCall(all)} email={frame.email} />
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

function Filters({
  filter,
  shown,
  total,
  isFiltered,
}: {
  filter: DossierFilter
  shown: number
  total: number
  isFiltered: boolean
}) {
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

interface DossierTableProps {
  dossiers: readonly HandedDossier[]
  oneCall: boolean
  /** The reviewer's. */
  email: string
}

function DossierTable({ dossiers, oneCall, email }: DossierTableProps) {
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
          </tr>
        </thead>
        <tbody>
          {dossiers.map(dossier => (
            <DossierLine key={dossier.grappeId} dossier={dossier} oneCall={oneCall} email={email} />
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
}: Omit<DossierTableProps, 'dossiers'> & { dossier: HandedDossier }) {
  const { grappeId, name, handedTo, porteurName, callTitle, region, timeZone, seal, isNew, opinion } = dossier
  const call = oneCall ? null : `${callTitle}${region === null ? '' : ` (${region})`}`
  const handed = handedTo === email ? null : `remis à ${handedTo}`
  const under = [porteurName, call, handed].filter(words => words !== null).join(' · ')
  return (
    <tr>
      <th scope="row">
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
    </tr>
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
