/** What a reviewer reads first: the verdict and its proofs, what is there, what is missing, the files to take away. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { PieceScope } from '../../../server/domain/call.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { DossierPlan, DossierRow } from '../../../server/domain/dossier-plan.ts'
import { activeEsms } from '../../../server/domain/grappe.ts'
import type { PieceState } from '../../../server/domain/piece.ts'
import { comparedWith } from '../../../server/domain/registry.ts'
import { CopyField, FictionalTag, STATE_WORDS, StateBadge, stateClass, stateWords } from '../components.tsx'
import { count, fileSize, moment } from '../format.ts'
import { type Frame, Layout } from '../layout.tsx'
import { Criteria, VerdictLine } from '../porteur/verdict.tsx'

interface ArsHomeProps {
  frame: Frame
  token: string
  plan: DossierPlan
  seal: {
    number: number
    hash: string
    zipLength: number
    /** Of the PDF de lecture; null until it is made. */
    readingSize: number | null
    /** Newest first, this one among them. */
    offered: readonly number[]
  }
}

export function ArsHome({ frame, token, plan, seal }: ArsHomeProps): JSX.Element {
  const latest = seal.offered[0] ?? seal.number
  return (
    <Layout
      frame={frame}
      title={`Dossier de ${plan.grappeName}`}
      who="Lecture par l’ARS"
      wide
      scripts={['seen', 'copy']}
      seenUrl={urlTo('arsSeen', { token })}
    >
      <h1>{plan.grappeName}</h1>
      <p class="lead">
        Candidature à l’appel « {plan.callTitle} » {plan.fictional ? <FictionalTag /> : null}
      </p>
      {seal.number === latest ? null : (
        <p class="errors">
          Vous lisez la version {seal.number}. Une version plus récente existe :{' '}
          <a href={urlTo('arsVersion', { token, number: String(latest) })}>lire la version {latest}</a>.
        </p>
      )}
      <dl class="facts">
        <dt>OG porteur</dt>
        <dd>{plan.porteurName ?? 'Pas encore désigné'}</dd>
        <dt>Membres</dt>
        <dd>{count(activeEsms({ esms: plan.members }).length, 'ESMS', 'ESMS')}</dd>
        <dt>FINESS</dt>
        <dd>{comparedWith(plan.registry)}</dd>
        <dt>Clôture de l’appel</dt>
        <dd>{plan.closesOn === null ? 'Non connue' : formatClosing(plan.closesOn)}</dd>
        <dt>Version</dt>
        <dd>
          {seal.number}, scellée {moment(plan.takenAt, plan.timeZone)}
        </dd>
      </dl>

      <Downloads token={token} plan={plan} seal={seal} />
      <Eligibility plan={plan} />
      <Gaps token={token} plan={plan} />

      <section aria-labelledby="pieces">
        <h2 id="pieces">Pièces</h2>
        <Counts rows={plan.rows} />
        <Matrix token={token} plan={plan} scope="grappe" title="Pièces de la grappe" />
        <Matrix token={token} plan={plan} scope="og" title="Pièces des OG" />
        <Matrix token={token} plan={plan} scope="esms" title="Pièces des ESMS" />
      </section>
    </Layout>
  )
}

function Downloads({ token, plan, seal }: Pick<ArsHomeProps, 'token' | 'plan' | 'seal'>) {
  const at = { token, number: String(seal.number) }
  return (
    <section class="card" aria-labelledby="telecharger">
      <h2 id="telecharger">Télécharger</h2>
      <p class="actions">
        <a class="button" href={urlTo('arsVersionZip', at)} download>
          Dossier (ZIP, {fileSize(seal.zipLength)})
        </a>
        <a class="button secondary" href={urlTo('arsVersionXlsx', at)} download>
          Récapitulatif (Excel)
        </a>
        {seal.readingSize === null ? null : (
          <a class="button secondary" href={urlTo('arsVersionReading', at)} download>
            Toutes les pièces en un PDF ({fileSize(seal.readingSize)})
          </a>
        )}
      </p>
      <CopyField id="sceau" label="Sceau de cette version, écrit aussi dans le ZIP" value={seal.hash} />
      <p>
        Un téléchargement coupé reprend où il en était. Pour vérifier un ZIP reçu :{' '}
        <a href={`${urlTo('verify')}?sceau=${seal.hash}`}>comparer ses fichiers à ce sceau</a>.
      </p>
      {seal.offered.length < 2 ? null : (
        <nav aria-label="Autres versions">
          <ul>
            {seal.offered
              .filter(number => number !== seal.number)
              .map(number => (
                <li key={number}>
                  <a href={urlTo('arsVersion', { token, number: String(number) })}>Version {number}</a>
                </li>
              ))}
          </ul>
        </nav>
      )}
      <p>
        Le ZIP contient {count(plan.entries.length, 'fichier déposé', 'fichiers déposés')}, le récapitulatif
        et les empreintes SHA-256 (<code>SHA256SUMS</code>) qui prouvent que chaque fichier est celui qui a
        été déposé.
        {plan.complete
          ? ''
          : ' Le dossier est incomplet : son nom le dit, et _MANQUANTS.txt donne la liste de ce qui manque.'}
      </p>
    </section>
  )
}

/** What is to be looked at comes first; what is satisfied is counted, and one click away. */
function Eligibility({ plan: { verdict, owners } }: { plan: DossierPlan }) {
  const concerned = owners.flatMap(({ id, name }) => (id === null ? [] : [{ id, name, url: null }]))
  const satisfied = verdict.criteria.filter(({ status }) => status === 'satisfait')
  const others = verdict.criteria.filter(({ status }) => status !== 'satisfait')
  return (
    <section aria-labelledby="eligibilite">
      <h2 id="eligibilite">Éligibilité</h2>
      <VerdictLine verdict={verdict} />
      <Criteria criteria={others} esms={concerned} ogs={concerned} />
      {satisfied.length === 0 ? null : (
        <details open={others.length === 0}>
          <summary>{count(satisfied.length, 'critère satisfait', 'critères satisfaits')}</summary>
          <Criteria criteria={satisfied} esms={concerned} ogs={concerned} />
        </details>
      )}
    </section>
  )
}

function Gaps({ token, plan }: { token: string; plan: DossierPlan }) {
  return (
    <section aria-labelledby="manquants">
      <h2 id="manquants">Ce qui manque</h2>
      {plan.gaps.length === 0 ? (
        <p>Toutes les pièces obligatoires sont là.</p>
      ) : (
        <ul>
          {plan.gaps.map(row => (
            <li key={`${row.owner.id}${row.code}`}>
              <PieceLink token={token} row={row}>
                {row.pieceName}
              </PieceLink>
              , {row.owner.name} : {stateWords(row.state, row.late)}
              {row.required ? '' : ' (facultative)'}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Counts({ rows }: { rows: readonly DossierRow[] }) {
  const states = Object.keys(STATE_WORDS) as PieceState[]
  return (
    <ul class="counts">
      {states.map(state => (
        <li key={state}>
          <strong>{rows.filter(row => row.state === state).length}</strong>{' '}
          <span class={stateClass(state, false)}>{STATE_WORDS[state]}</span>
        </li>
      ))}
      <li>
        <strong>{rows.filter(row => row.late).length}</strong> <span class="etat flag">en retard</span>
      </li>
    </ul>
  )
}

interface MatrixProps {
  token: string
  plan: DossierPlan
  scope: PieceScope
  title: string
}

function Matrix({ token, plan, scope, title }: MatrixProps) {
  const definitions = plan.definitions.filter(definition => definition.scope === scope)
  const rows = plan.rows.filter(row => row.owner.scope === scope)
  if (rows.length === 0) return null
  const owners = plan.owners.filter(owner => rows.some(row => row.owner === owner))
  return (
    <>
      <h3>{title}</h3>
      <section class="scroll" tabindex={0} aria-label={title}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">Membre</th>
              {definitions.map(({ code, name }) => (
                <th key={code} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {owners.map(owner => (
              <tr key={owner.id}>
                <th scope="row">
                  {owner.name}
                  {owner.finess === null ? null : (
                    <>
                      <br />
                      <span class="muted">{owner.finess}</span>
                    </>
                  )}
                </th>
                {definitions.map(({ code, name }) => {
                  const row = rows.find(each => each.owner === owner && each.code === code)
                  return (
                    <td key={code} data-label={name}>
                      {row === undefined ? (
                        <span class="muted">sans objet</span>
                      ) : (
                        <PieceLink token={token} row={row}>
                          <StateBadge state={row.state} late={row.late} />
                          <span class="visually-hidden">
                            , {row.pieceName} de {row.owner.name}
                          </span>
                        </PieceLink>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function PieceLink({
  token,
  row,
  children,
}: {
  token: string
  row: DossierRow
  children: ComponentChildren
}) {
  return row.pieceId === null ? (
    <span>{children}</span>
  ) : (
    <a href={urlTo('arsPiece', { token, piece: row.pieceId })}>{children}</a>
  )
}
