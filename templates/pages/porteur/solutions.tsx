/** The DUI solutions of a grappe: one record each, who uses it, those to merge, the one for all. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import type { SegurReference, Solution } from '../../../server/domain/grappe.ts'
import type { MergeProposal } from '../../../server/domain/solution-identity.ts'
import { solutionName } from '../../../server/domain/solution-identity.ts'
import { Csrf, Empty, Field, type FieldError, Select } from '../components.tsx'
import { FileField } from '../file-field.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

/** A record and its members still in the grappe. */
export interface UsedSolution extends Solution {
  members: readonly { id: string; name: string; version: string | null }[]
}

const SEGUR: Record<SegurReference['status'], { label: string; state: string }> = {
  referencee: { label: 'référencée', state: 'acceptee' },
  inscrite: { label: 'inscrite au guichet', state: 'deposee' },
  'non-referencee': { label: 'non référencée', state: 'refusee' },
}

const LIST_HINT =
  'Colonnes : éditeur ; produit ; couloirs ; statut ; source ; date. Aucune liste n’est fournie avec ' +
  'l’outil : vérifiez chaque statut auprès de l’Agence du numérique en santé ou de l’éditeur.'

interface SolutionsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  solutions: readonly UsedSolution[]
  /** Members still in the grappe that point at no solution. */
  withoutSolution: number
  proposals: readonly MergeProposal<UsedSolution>[]
  /** Of the imported file. */
  errors: readonly FieldError[]
}

export function Solutions(props: SolutionsProps): JSX.Element {
  const { frame, grappe, solutions, withoutSolution, proposals, errors } = props
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab={null}
      title="Solutions DUI"
      scripts={['picker']}
      errors={errors}
    >
      <p class="lead">
        Une grappe retient une seule solution. Chaque produit a ici une fiche ; la version est un détail de
        chaque membre.
      </p>
      <p class="actions">
        <a class="button" href={urlTo('newSolution', at)}>
          Ajouter une solution
        </a>
      </p>
      {proposals.length === 0 ? null : (
        <section aria-labelledby="rapprochements">
          <h2 id="rapprochements">
            {proposals.length === 1
              ? 'Deux fiches n’en font peut-être qu’une'
              : `${proposals.length} rapprochements possibles`}
          </h2>
          {proposals.map(proposal => (
            <Merge key={`${proposal.a.id} ${proposal.b.id}`} {...props} proposal={proposal} />
          ))}
        </section>
      )}
      {solutions.length === 0 ? (
        <Empty title="Aucune solution pour le moment.">
          <p>Ajoutez celle que la grappe retient, ou importez votre liste.</p>
        </Empty>
      ) : (
        solutions.map(solution => <Record key={solution.id} {...props} solution={solution} />)
      )}
      {withoutSolution === 0 ? null : (
        <p>
          {withoutSolution === 1 ? '1 membre n’a' : `${withoutSolution} membres n’ont`} pas encore de
          solution.
        </p>
      )}
      <form method="post" action={urlTo('importSolutions', at)} enctype="multipart/form-data" class="card">
        <h2>Importer votre liste</h2>
        <Csrf token={frame.csrf} />
        <FileField
          label="Fichier CSV ou Excel (.xlsx)"
          hint={LIST_HINT}
          accept=".csv,.xlsx,.txt"
          errors={errors}
        />
        <button type="submit">Importer la liste</button>
      </form>
    </GrappePage>
  )
}

const Reference = ({ segur }: { segur: SegurReference | null }) =>
  segur === null ? (
    <>inconnu : à vérifier</>
  ) : (
    <>
      <span class={`etat ${SEGUR[segur.status].state}`}>{SEGUR[segur.status].label}</span>
      {segur.couloirs === null ? '' : `, couloirs ${segur.couloirs.join(', ')}`}. Source : {segur.source}, lue
      le {formatDay(segur.readOn)}.
    </>
  )

function Record({
  frame,
  grappe,
  solution,
  solutions,
  withoutSolution,
}: SolutionsProps & { solution: UsedSolution }): JSX.Element {
  const at = { grappe: grappe.grappeId, solution: solution.id }
  const name = solutionName(solution)
  const others = withoutSolution + solutions.reduce((sum, one) => sum + one.members.length, 0)
  const toMove = others - solution.members.length
  return (
    <article class="card" aria-labelledby={`solution-${solution.id}`}>
      <h2 id={`solution-${solution.id}`}>{name}</h2>
      <dl class="facts">
        <dt>Référencement Ségur</dt>
        <dd>
          <Reference segur={solution.segur} />
        </dd>
        <dt>Utilisée par</dt>
        <dd>
          {solution.members.length === 0 ? (
            'aucun membre'
          ) : (
            <details>
              <summary>{count(solution.members.length, 'membre')}</summary>
              <ul>
                {solution.members.map(({ id, name: member, version }) => (
                  <li key={id}>
                    {member}
                    {version === null ? '' : `, version ${version}`}
                  </li>
                ))}
              </ul>
            </details>
          )}
        </dd>
      </dl>
      <div class="actions">
        <a href={urlTo('editSolution', at)} aria-label={`Corriger la fiche ${name}`}>
          Corriger la fiche
        </a>
        {toMove === 0 ? null : (
          <form method="post" action={urlTo('chooseSolution', at)}>
            <Csrf token={frame.csrf} />
            <button class="secondary" type="submit">
              Retenir pour tous les membres ({toMove === 1 ? '1 changera' : `${toMove} changeront`})
            </button>
          </form>
        )}
      </div>
    </article>
  )
}

function Merge({
  frame,
  grappe,
  proposal: { a, b, explanation },
}: SolutionsProps & { proposal: MergeProposal<UsedSolution> }): JSX.Element {
  const keep = (kept: UsedSolution, merged: UsedSolution) => (
    <li>
      <strong>{solutionName(kept)}</strong>, {count(kept.members.length, 'membre')}. Référencement :{' '}
      <Reference segur={kept.segur} />
      <form method="post" action={urlTo('mergeSolutions', { grappe: grappe.grappeId })}>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="garder" value={kept.id} />
        <input type="hidden" name="reunir" value={merged.id} />
        <button class="secondary" type="submit">
          Garder « {solutionName(kept)} »
        </button>
      </form>
    </li>
  )
  return (
    <div class="card">
      <p>{explanation}</p>
      <ul>
        {keep(a, b)}
        {keep(b, a)}
      </ul>
      <p class="hint">
        Les membres de l’autre fiche passent à celle que vous gardez, avec leur version ; l’autre fiche est
        supprimée. Si ce sont deux produits différents, ne faites rien.
      </p>
    </div>
  )
}

interface EditSolutionProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** Null to add one. */
  solutionId: string | null
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

export function EditSolution(props: EditSolutionProps): JSX.Element {
  const { frame, grappe, solutionId, values, errors } = props
  const at = { grappe: grappe.grappeId }
  const title = solutionId === null ? 'Ajouter une solution' : 'Corriger une solution'
  const action =
    solutionId === null ? urlTo('newSolution', at) : urlTo('editSolution', { ...at, solution: solutionId })
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title={title} errors={errors}>
      <form method="post" action={action} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <Field {...field('editeur')} label="Éditeur" hint="La société qui édite le logiciel." />
        <Field
          {...field('produit')}
          label="Produit"
          hint="Sans la version : c’est un détail de chaque membre."
        />
        <fieldset>
          <legend>Référencement Ségur, si vous le connaissez</legend>
          <Select
            {...field('statut')}
            label="Statut"
            empty="Inconnu"
            choices={Object.entries(SEGUR).map(([value, { label }]) => ({ value, label }))}
          />
          <Field
            {...field('couloirs')}
            label="Couloirs"
            hint="MS1 pour les domaines PA, PH et DOM ; MS2 pour PDE et PDS. Exemple : MS1, MS2"
            optional
          />
          <Field
            {...field('source')}
            label="Source"
            hint="Où vous avez lu ce statut : page consultée, attestation de l’éditeur."
            optional
          />
          <Field {...field('date')} label="Lu le" type="date" width="short" optional />
        </fieldset>
        <div class="actions">
          <button type="submit">Enregistrer la solution</button>
          <a href={urlTo('solutions', at)}>Annuler</a>
        </div>
      </form>
    </GrappePage>
  )
}
