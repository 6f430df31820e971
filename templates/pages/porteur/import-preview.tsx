/** What was read of a table of members, before anything is written: columns, problems, lines. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { ImportPreview, LineStatus } from '../../../server/domain/member-import/preview.ts'
import { emptyingCorrections, mergingWay } from '../../../server/domain/member-import/problem-groups.ts'
import type { MemberTable } from '../../../server/domain/member-import/table.ts'
import { solutionName } from '../../../server/domain/solution-identity.ts'
import { Csrf, ErrorSummary } from '../components.tsx'
import { count, list } from '../format.ts'
import { Layout } from '../layout.tsx'
import { GrappeNav } from './grappe-nav.tsx'
import { Columns } from './import-columns.tsx'
import { ActionButton, importFields, type PreviewMembersProps } from './import-form.tsx'
import { AsideLines, EditedLine, PresentLines, ReadyLines } from './import-lines.tsx'
import { Problems, Remarks } from './import-problems.tsx'

const STATUS: Record<LineStatus, { word: string; words: string; state: string }> = {
  pret: { word: 'prête', words: 'prêtes', state: 'acceptee' },
  'a-corriger': { word: 'à corriger', words: 'à corriger', state: 'refusee' },
  'deja-present': { word: 'déjà présente', words: 'déjà présentes', state: 'deposee' },
}

export function PreviewMembers(props: PreviewMembersProps): JSX.Element {
  const { frame, grappe, preview, groups, refused } = props
  const at = { grappe: grappe.grappeId }
  const { counts } = preview
  const errors = refused
    ? [
        {
          field: 'a-corriger',
          message: `Rien n’a été ajouté : ${toCorrect(counts['a-corriger'])}.`,
        },
      ]
    : []
  const edited = preview.lines.find(({ line }) => line === props.editedLine)
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`Vérifier avant d’ajouter — ${grappe.grappeName}`}
      wide
      scripts={['resubmit']}
      banner={<GrappeNav grappe={grappe} current="members" />}
    >
      <ErrorSummary errors={errors} />
      <h1>Vérifier avant d’ajouter</h1>
      <p class="lead">{leadSentence(preview)}</p>
      <ul class="counts" aria-label="Lignes du tableau">
        {(Object.keys(STATUS) as LineStatus[]).map(status =>
          counts[status] === 0 && status !== 'pret' ? null : (
            <li key={status}>
              <strong>{counts[status]}</strong>{' '}
              <span class={`etat ${STATUS[status].state}`}>
                {counts[status] < 2 ? STATUS[status].word : STATUS[status].words}
              </span>
            </li>
          ),
        )}
      </ul>
      <form method="post" action={urlTo('importPreview', at)} novalidate class="import">
        <Csrf token={frame.csrf} />
        <input type="hidden" name="tableau" value={props.packed} />
        <Buttons {...props} />
        {edited === undefined ? null : <EditedLine line={edited} />}
        <Problems groups={groups} lines={preview.lines} editedLine={props.editedLine} />
        <Columns {...props} />
        <ReadFacts {...props} />
        <Remarks lines={preview.lines} />
        <ReadyLines
          lines={preview.lines}
          isLast={preview.counts['a-corriger'] === 0}
          page={props.readyPage}
        />
        <PresentLines lines={preview.lines} />
        <AsideLines ignored={props.table.ignored} />
      </form>
    </Layout>
  )
}

const toCorrect = (lines: number): string => `${count(lines, 'ligne est', 'lignes sont')} à corriger`

function leadSentence({ counts }: ImportPreview): string {
  if (counts['a-corriger'] > 0) {
    return (
      'Rien n’est encore enregistré. Tranchez ce qui est signalé, un choix pour toutes les lignes ' +
      'concernées : l’ajout se fait quand toutes sont prêtes.'
    )
  }
  return counts.pret > 0
    ? 'Rien n’est encore enregistré. Toutes les lignes sont prêtes : relisez-les, puis ajoutez les membres.'
    : 'Il n’y a rien à ajouter.'
}

function Buttons({ grappe, preview, groups }: PreviewMembersProps) {
  const { counts } = preview
  const proposals = groups.filter(({ cells }) => cells.some(({ proposal }) => proposal !== null))
  const emptied = emptyingCorrections(groups).length
  return (
    <div class="actions">
      {counts['a-corriger'] > 0 ? (
        <>
          <ActionButton action="verifier">Vérifier mes corrections</ActionButton>
          {proposals.length > 1 ? (
            <ActionButton action="proposer" kind="secondary">
              Prendre toutes les corrections proposées
            </ActionButton>
          ) : null}
          {emptied > 0 ? (
            <ActionButton action="vider" kind="secondary">
              {emptied === 1
                ? 'Laisser vide la cellule sans proposition'
                : `Laisser vides les ${emptied} cellules sans proposition`}
            </ActionButton>
          ) : null}
          <ActionButton action="laisser" kind="secondary">
            {counts['a-corriger'] === 1
              ? 'Laisser de côté la ligne à corriger'
              : `Laisser de côté les ${counts['a-corriger']} lignes à corriger`}
          </ActionButton>
        </>
      ) : counts.pret > 0 ? (
        <>
          <ActionButton action="ajouter">
            {counts.pret === 1 ? 'Ajouter le membre' : `Ajouter les ${counts.pret} membres`}
          </ActionButton>
          <ActionButton action="verifier" kind="secondary">
            Vérifier de nouveau
          </ActionButton>
        </>
      ) : (
        <ActionButton action="verifier" kind="secondary">
          Vérifier de nouveau
        </ActionButton>
      )}
      <a href={urlTo('importMembers', { grappe: grappe.grappeId })}>Prendre un autre tableau</a>
    </div>
  )
}

/** A long list stays one line: the tables below have them all. */
const MOST_NAMES = 8

const namesLine = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? `${list(names)}.`
    : `${names.slice(0, MOST_NAMES).join(', ')} et ${names.length - MOST_NAMES} autres.`

/** What the import does besides adding members, and with what it was checked. */
function ReadFacts({ draft, table, preview }: PreviewMembersProps) {
  const newOgs = preview.ogs.filter(({ id }) => id === null).map(({ name }) => name)
  const newSolutions = preview.solutions.filter(({ id }) => id === null).map(solutionName)
  const facts: [string, string][] = [
    ['Registre FINESS', registryWords(preview.registryLabel)],
    ...(draft.sheetName === null
      ? []
      : ([['Feuille lue', `« ${draft.sheetName} »${otherSheetsWords(draft.otherSheets)}`]] as [
          string,
          string,
        ][])),
    ...(draft.doubt === null ? [] : ([['Accents', draft.doubt]] as [string, string][])),
    ...table.remarks.map((remark): [string, string] => ['Second tableau', remark]),
    ...(newOgs.length === 0
      ? []
      : ([
          ['Organismes gestionnaires à créer', namesLine(newOgs) + newPorteurWords(preview.newPorteurOg)],
        ] as [string, string][])),
    ...(preview.completedOgs.length === 0
      ? []
      : ([['Organismes gestionnaires complétés', `${list(preview.completedOgs.map(completedWords))}.`]] as [
          string,
          string,
        ][])),
    ...(newSolutions.length === 0
      ? []
      : ([['Solutions à créer', namesLine(newSolutions)]] as [string, string][])),
  ]
  return (
    <>
      <HiddenLines table={table} />
      <MergeProposals preview={preview} />
      <dl class="facts">
        {facts.map(([term, words]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const registryWords = (label: string | null): string =>
  label === null
    ? 'Non vérifié : aucun registre n’est chargé sur ce serveur. La clé de chaque numéro est contrôlée, ' +
      'pas son existence.'
    : `Numéros vérifiés dans le ${label}.`

function completedWords({ name, finessEj, contact }: PreviewMembersProps['preview']['completedOgs'][number]) {
  const given = [
    finessEj === null ? null : `le numéro ${finessEj}`,
    contact === null ? null : `le contact ${contact.contactEmail}`,
  ].filter(words => words !== null)
  return `« ${name} » reçoit ${list(given)}`
}

function otherSheetsWords(names: readonly string[]): string {
  return names.length === 0
    ? ''
    : `. Non lues, et pourtant semblables : ${list(names.map(name => `« ${name} »`))}` +
        '. Pour les ajouter, importez chacune dans son propre fichier.'
}

function newPorteurWords(name: string | null): string {
  return name === null ? '' : ` « ${name} » sera noté comme porteur de la grappe ; vous pourrez en changer.`
}

function HiddenLines({ table }: { table: MemberTable }) {
  const { hiddenLines } = table
  if (hiddenLines.length === 0) return null
  const one = hiddenLines.length === 1
  const names = hiddenLines.map(hidden => {
    const name = table.lines.find(({ line }) => line === hidden)?.values.nom
    return name === undefined ? `ligne ${hidden}` : `ligne ${hidden}, « ${name} »`
  })
  return (
    <div class="card">
      <p>
        {one
          ? 'Une ligne est masquée dans votre tableur, à la main ou par un filtre. Elle est lue ainsi'
          : `${hiddenLines.length} lignes sont masquées dans votre tableur. Elles sont lues ainsi`}{' '}
        que les autres : {namesLine(names)}
      </p>
      <ActionButton action="masquees" kind="secondary">
        {one ? 'Mettre la ligne masquée de côté' : 'Mettre les lignes masquées de côté'}
      </ActionButton>
    </div>
  )
}

function MergeProposals({ preview }: Pick<PreviewMembersProps, 'preview'>) {
  const { mergeProposals, mergeRefusal, lines } = preview
  if (mergeProposals.length === 0 && mergeRefusal === null) return null
  return (
    <details class="card" open={mergeProposals.length > 0 && mergeProposals.length <= MOST_MERGES_OPEN}>
      <summary>Des solutions qui n’en font peut-être qu’une</summary>
      {mergeRefusal === null ? null : <p>{mergeRefusal}</p>}
      <ul class="aside">
        {mergeProposals.map((proposal, rank) => {
          const { label, corrections } = mergingWay(proposal, lines)
          return (
            <li key={proposal.explanation}>
              {proposal.explanation}{' '}
              {corrections.length === 0 ? null : (
                <button type="submit" name="action" value={importFields.merge(rank)} class="link">
                  {label}
                </button>
              )}
            </li>
          )
        })}
      </ul>
      <p class="hint">Après l’ajout, la page « Solutions » permet encore de les réunir.</p>
    </details>
  )
}

const MOST_MERGES_OPEN = 3
