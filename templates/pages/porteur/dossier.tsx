/** The dossier as it stands: what is in, what is missing; sealing it, and the versions sealed so far. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import {
  completenessOf,
  type DossierEntry,
  type DossierRow,
  type SetAside,
  type ShownDossier,
  unsettledRows,
} from '../../../server/domain/dossier-plan.ts'
import { Csrf, StateBadge } from '../components.tsx'
import { count, fileSize } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { DrawPart } from '../part.ts'
import { type AccessShown, ArsActivity, type ReadingServiceShown } from './ars-activity.tsx'
import { Awaits } from './board-matrix.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { SealedVersions, type SealView } from './seals.tsx'

const SET_ASIDE_WORDS: Record<SetAside['reason'], string> = {
  'membre-retire': 'membre retiré de la grappe',
  'sans-objet': 'sans objet pour ce membre',
  'plus-demandee': 'plus demandée par l’appel',
}

interface DossierProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  plan: ShownDossier
  /** Newest first. */
  seals: readonly SealView[]
  /** Why it was not sealed; null before trying. */
  problem: string | null
  /** Newest first. */
  accesses: readonly AccessShown[]
  services: readonly ReadingServiceShown[]
  part: DrawPart
}

export function DossierPage(props: DossierProps): JSX.Element {
  const { frame, grappe, plan, seals, problem, accesses, services, part } = props
  const at = { grappe: grappe.grappeId }
  const missing = plan.gaps.filter(row => row.required).length
  return (
    <GrappePage frame={frame} grappe={grappe} tab="dossier" title="Dossier" wide>
      {problem === null ? null : (
        <p class="errors" role="alert" tabindex={-1} autofocus>
          {problem}
        </p>
      )}
      <Standing plan={plan} missing={missing} />
      <Unsettled at={at} plan={plan} />
      <Uncontrolled at={at} plan={plan} />
      <SealForm {...props} missing={missing} />
      <SealedVersions grappeId={grappe.grappeId} seals={seals} timeZone={plan.timeZone} />
      <Draft at={at} plan={plan} />
      <HandToArs at={at} seals={seals} />
      <ToSubmit at={at} />
      <ArsActivity grappeId={grappe.grappeId} plan={plan} accesses={accesses} services={services} />
      {plan.gaps.length === 0 ? null : <Gaps at={at} gaps={plan.gaps} part={part} />}
      {plan.setAside.length === 0 ? null : <Aside setAside={plan.setAside} />}
      {plan.entries.length === 0 ? null : <Contents plan={plan} part={part} />}
    </GrappePage>
  )
}

type At = { grappe: string }

function Standing({ plan, missing }: { plan: ShownDossier; missing: number }) {
  const asked = plan.rows.filter(
    ({ required, state, paths }) => required && state === 'complement' && paths.length > 0,
  ).length
  switch (completenessOf(plan)) {
    case 'complet':
      return <p class="lead">Toutes les pièces obligatoires y sont.</p>
    case 'a-verifier':
      return (
        <div class="notice">
          <h2>Dossier à vérifier</h2>
          <p>
            Aucune pièce que l’on sait obligatoire ne manque. <a href="#inconnues">Des faits manquent</a> pour
            savoir si {count(unsettledRows(plan).length, 'autre pièce est due', 'autres pièces sont dues')} :
            le nom des fichiers le dit.
          </p>
        </div>
      )
    case 'incomplet':
      return (
        <div class="errors">
          <h2>Dossier INCOMPLET</h2>
          <p>
            {count(missing, 'pièce obligatoire manque', 'pièces obligatoires manquent')} : le nom des fichiers
            le dit, et <code>_MANQUANTS.txt</code> les nomme.{' '}
            {asked === 0
              ? ''
              : `${count(asked, 'autre y est', 'autres y sont')}, dont l’ARS demande un complément. `}
            Vous pouvez le télécharger tel quel.
          </p>
        </div>
      )
  }
}

/** Pieces of which nobody knows whether they are owed, each with the way to the fact that would tell. */
function Unsettled({ at, plan }: { at: At; plan: ShownDossier }) {
  const rows = unsettledRows(plan)
  if (rows.length === 0) return null
  return (
    <section aria-labelledby="inconnues">
      <h2 id="inconnues">On ne sait pas si ces pièces sont dues</h2>
      <ul>
        {rows.map(row => (
          <li key={`${row.owner.folder} ${row.code}`}>
            {row.pieceName}, {row.owner.name} : <Awaits at={at} row={row} verdict={plan.verdict} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Uncontrolled({ at, plan }: { at: At; plan: ShownDossier }) {
  const waiting = plan.rows.filter(row => row.state === 'deposee').length
  if (waiting === 0) return null
  return (
    <p>
      {count(
        waiting,
        'pièce déposée y entre sans avoir été contrôlée',
        'pièces déposées y entrent sans avoir été contrôlées',
      )}
      {' : '}
      <a href={`${urlTo('board', at)}?etat=deposee`}>les contrôler</a>.
    </p>
  )
}

function SealForm({ frame, grappe, plan, seals, missing }: DossierProps & { missing: number }) {
  const at = { grappe: grappe.grappeId }
  return (
    <form method="post" action={urlTo('sealDossier', at)} class="card" aria-labelledby="sceller">
      <h2 id="sceller">Sceller une version</h2>
      <Csrf token={frame.csrf} />
      <p>
        Sceller fige le dossier : telle version de chaque pièce, le verdict, ce qui manque, l’instant. C’est
        cette version que l’ARS lit et télécharge ; la suite de la collecte n’y change rien, et vous pourrez
        en sceller une autre.
      </p>
      {plan.complete ? null : (
        <div class="choice">
          <input type="checkbox" id="incomplet" name="incomplet" value="oui" />
          <label htmlFor="incomplet">
            {completenessOf(plan) === 'incomplet'
              ? `Sceller bien qu’il manque ${count(missing, 'pièce obligatoire', 'pièces obligatoires')} : ` +
                'le nom de cette version dira INCOMPLET'
              : 'Sceller sans savoir si toutes les pièces dues y sont : le nom de cette version dira ' +
                'A-VERIFIER'}
          </label>
        </div>
      )}
      <p class="actions">
        <button type="submit">Sceller la version {(seals[0]?.number ?? 0) + 1}</button>
      </p>
    </form>
  )
}

function Draft({ at, plan }: { at: At; plan: ShownDossier }) {
  const bytes = plan.entries.reduce((sum, { size }) => sum + size, 0)
  return (
    <section class="card" aria-labelledby="telecharger">
      <h2 id="telecharger">Télécharger un brouillon</h2>
      <p>
        Le dossier tel qu’il est en ce moment, pour vous seul : il n’est pas scellé. Son classeur dit aussi ce
        qui reste à faire, vos motifs de refus et tout le journal ; celui d’une version scellée ne les dit
        pas.
      </p>
      <dl class="facts">
        <dt>Nom</dt>
        <dd class="mono">{plan.name}</dd>
        <dt>Contenu</dt>
        <dd>
          {count(plan.entries.length, 'fichier déposé', 'fichiers déposés')}, {fileSize(bytes)}, avec le
          récapitulatif et les empreintes
        </dd>
        <dt>Clôture</dt>
        <dd>{plan.closesOn === null ? 'non connue' : formatClosing(plan.closesOn)}</dd>
      </dl>
      <p class="actions">
        <a class="button secondary" href={urlTo('dossierZip', at)} download>
          Télécharger le brouillon (ZIP)
        </a>
        <a class="button secondary" href={urlTo('dossierXlsx', at)} download>
          Télécharger le classeur de travail (Excel)
        </a>
      </p>
    </section>
  )
}

function HandToArs({ at, seals }: { at: At; seals: readonly SealView[] }) {
  return (
    <section class="card" aria-labelledby="remettre">
      <h2 id="remettre">Remettre à l’ARS</h2>
      <p>
        L’instructeur lit et télécharge la dernière version scellée, par un lien que vous pouvez révoquer.
        {seals.some(({ state }) => state === 'scelle')
          ? ''
          : ' Scellez d’abord une version : en attendant, son lien lui dit que rien n’est prêt.'}
      </p>
      <p>
        <a href={urlTo('invitations', at)}>Créer un lien de lecture</a>
      </p>
    </section>
  )
}

function ToSubmit({ at }: { at: At }) {
  return (
    <section class="card" aria-labelledby="deposer">
      <h2 id="deposer">Déposer le dossier</h2>
      <p>
        Sceller n’est pas déposer. Ce qui se tape et se joint au lieu de dépôt, les étapes à cocher, puis le
        résultat et les dates d’après sont réunis pour vous.
      </p>
      <p>
        <a href={urlTo('submission', at)}>Dépôt et suites</a>
      </p>
    </section>
  )
}

function Gaps({ at, gaps, part }: { at: At; gaps: readonly DossierRow[]; part: DrawPart }) {
  return (
    <section>
      <h2 id="manque">Ce qui manque</h2>
      <section class="scroll" tabindex={0} aria-labelledby="manque">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Qui</th>
              <th scope="col">Pièce</th>
              <th scope="col">État</th>
            </tr>
          </thead>
          <tbody>{gaps.map(row => part(row, 'gap', [at.grappe], () => <Gap at={at} row={row} />))}</tbody>
        </table>
      </section>
    </section>
  )
}

function Gap({ at, row }: { at: At; row: DossierRow }) {
  return (
    <tr>
      <th scope="row">{row.owner.name}</th>
      <td data-label="Pièce">
        {row.pieceId === null ? (
          row.pieceName
        ) : (
          <a href={urlTo('piece', { ...at, piece: row.pieceId })}>{row.pieceName}</a>
        )}
        {row.required ? null : <span class="optional"> (facultatif)</span>}
      </td>
      <td data-label="État">
        <StateBadge state={row.state} late={row.late} />
      </td>
    </tr>
  )
}

function Aside({ setAside }: { setAside: readonly SetAside[] }) {
  return (
    <section aria-labelledby="ecarte">
      <h2 id="ecarte">Déposé, mais hors du dossier</h2>
      <ul>
        {setAside.map(({ ownerName, pieceName, reason, versionNumber }) => (
          <li key={`${ownerName} ${pieceName}`}>
            {pieceName} de {ownerName}, version {versionNumber} : {SET_ASIDE_WORDS[reason]}.
          </li>
        ))}
      </ul>
    </section>
  )
}

function Contents({ plan, part }: { plan: ShownDossier; part: DrawPart }) {
  return (
    <section>
      <h2 id="contenu-dossier">Ce qui y entre</h2>
      <section class="scroll" tabindex={0} aria-labelledby="contenu-dossier">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Fichier</th>
              <th scope="col">De</th>
              <th scope="col" class="number">
                Taille
              </th>
            </tr>
          </thead>
          <tbody>{plan.entries.map(entry => part(entry, 'entry', [], () => <Entry entry={entry} />))}</tbody>
        </table>
      </section>
    </section>
  )
}

function Entry({ entry: { path, ownerName, size } }: { entry: DossierEntry }) {
  return (
    <tr>
      <td data-label="Fichier">
        <code>{path}</code>
      </td>
      <td data-label="De">{ownerName}</td>
      <td data-label="Taille" class="number">
        {fileSize(size)}
      </td>
    </tr>
  )
}
