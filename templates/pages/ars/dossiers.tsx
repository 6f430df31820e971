/** Every dossier handed to a reviewer, to go through forty of them in a week. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { dayOf } from '../../../server/domain/deadline.ts'
import {
  DOSSIER_STATES,
  type DossierFilter,
  type DossierState,
  dossierState,
  type HandedDossier,
} from '../../../server/domain/handed-dossier.ts'
import { Csrf, Empty, Field, Select } from '../components.tsx'
import { count, shortDay } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { VERDICT_WORDS } from '../porteur/verdict.tsx'
import { OpinionBadge } from './review.tsx'

const STATE_CHOICES: Readonly<Record<DossierState, string>> = {
  'a-venir': 'Pas encore scellé',
  'sans-avis': 'Sans avis sur la dernière version',
  recevable: 'Recevable',
  'a-completer': 'À compléter',
  'non-recevable': 'Non recevable',
}

interface ArsDossiersProps {
  /** `email`: the reviewer's. */
  frame: PorteurFrame
  /** Those that match the filter, in order. */
  dossiers: readonly HandedDossier[]
  /** Before the filter. */
  total: number
  filter: DossierFilter
}

export function ArsDossiers({ frame, dossiers, total, filter }: ArsDossiersProps): JSX.Element {
  const isFiltered =
    filter.text.trim() !== '' || filter.state !== null || filter.complete !== null || filter.onlyNew
  return (
    <Layout frame={frame} title="Dossiers remis à l’ARS" who={`ARS, ${frame.email}`} wide>
      <h1>Dossiers remis à l’ARS</h1>
      {total === 0 ? (
        <Empty title="Aucun dossier ne vous est remis en ce moment">
          <p>Un porteur a pu retirer son lien, ou vous le remettre à une autre adresse. Demandez-le-lui.</p>
        </Empty>
      ) : (
        <>
          <Filters filter={filter} shown={dossiers.length} total={total} isFiltered={isFiltered} />
          {dossiers.length === 0 ? (
            <Empty title="Aucun dossier ne correspond à ces filtres">
              <p>
                <a href={urlTo('arsDossiers')}>Afficher tous les dossiers</a>
              </p>
            </Empty>
          ) : (
            <DossierTable dossiers={dossiers} />
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
          { value: 'incomplet', label: 'INCOMPLET' },
        ]}
        errors={[]}
        empty="Tous"
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

function DossierTable({ dossiers }: { dossiers: readonly HandedDossier[] }) {
  return (
    <section class="scroll" tabindex={0} aria-label="Dossiers">
      <table class="data dossiers">
        <thead>
          <tr>
            <th scope="col">Grappe</th>
            <th scope="col">Appel</th>
            <th scope="col">Dernière version</th>
            <th scope="col">Éligibilité</th>
            <th scope="col">Pièces</th>
            <th scope="col">Avis</th>
          </tr>
        </thead>
        <tbody>
          {dossiers.map(dossier => (
            <DossierLine key={dossier.grappeId} dossier={dossier} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function DossierLine({ dossier }: { dossier: HandedDossier }) {
  const { grappeId, name, porteurName, callTitle, region, timeZone, seal, isNew, opinion } = dossier
  return (
    <tr>
      <th scope="row">
        <a href={urlTo('arsHome', { token: grappeId })}>{name}</a>{' '}
        {isNew ? <span class="etat deposee">nouveau</span> : null}
        {porteurName === null ? null : (
          <>
            <br />
            <span class="muted">{porteurName}</span>
          </>
        )}
      </th>
      <td data-label="Appel">
        {callTitle}
        {region === null ? null : <span class="muted"> ({region})</span>}
      </td>
      <td data-label="Dernière version">
        {seal === null ? (
          <span class="etat attendue">pas encore scellé</span>
        ) : (
          <>
            Version {seal.number}{' '}
            {seal.complete ? (
              <span class="etat acceptee">complet</span>
            ) : (
              <span class="etat flag">INCOMPLET</span>
            )}
            <br />
            <span class="muted">scellée le {shortDay(dayOf(seal.sealedAt, timeZone))}</span>
          </>
        )}
      </td>
      <td data-label="Éligibilité">
        {seal === null ? null : <span class={`shape ${seal.verdict}`}>{VERDICT_WORDS[seal.verdict]}</span>}
      </td>
      <td data-label="Pièces">
        {seal === null ? null : (
          <>
            {seal.toExamine === 0 ? 'Toutes examinées' : `${seal.toExamine} à examiner`} sur {seal.pieces}
            <br />
            <span class="muted">
              {count(seal.members, 'ESMS', 'ESMS')}
              {seal.missing === 0 ? '' : `, ${seal.missing} ${seal.missing < 2 ? 'manque' : 'manquent'}`}
            </span>
          </>
        )}
      </td>
      <td data-label="Avis">
        {opinion === null ? (
          <span class="muted">{dossierState(dossier) === 'a-venir' ? '' : 'aucun'}</span>
        ) : (
          <>
            <OpinionBadge avis={opinion.avis} />
            <br />
            <span class="muted">sur la version {opinion.sealNumber}</span>
          </>
        )}
      </td>
    </tr>
  )
}
