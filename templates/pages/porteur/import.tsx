/** Members from a spreadsheet: giving the table, then checking and correcting it before anything is written. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { DOMAINES } from '../../../server/domain/call.ts'
import type { Correction, MemberField, MemberTable } from '../../../server/domain/member-columns.ts'
import { FIELD_LABELS, MEMBER_FIELDS } from '../../../server/domain/member-columns.ts'
import type { Finding, ImportPreview, LineStatus, PreviewLine } from '../../../server/domain/member-import.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from '../components.tsx'
import { count, list } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { GrappeNav } from './grappe-nav.tsx'

interface GrappePage {
  frame: PorteurFrame
  grappeId: string
  grappeName: string
}

interface ImportMembersProps extends GrappePage {
  errors: readonly FieldError[]
  /** What was pasted, kept when refused. */
  pasted: string
}

function FieldMessage({ name, errors }: { name: string; errors: readonly FieldError[] }) {
  const message = errors.find(({ field }) => field === name)?.message
  return message === undefined ? null : (
    <p class="field-error" id={`${name}-erreur`}>
      {message}
    </p>
  )
}

export function ImportMembers({
  frame,
  grappeId,
  grappeName,
  errors,
  pasted,
}: ImportMembersProps): JSX.Element {
  const at = { grappe: grappeId }
  const describe = (name: string) => {
    const invalid = errors.some(({ field }) => field === name)
    return {
      'aria-describedby': invalid ? `${name}-aide ${name}-erreur` : `${name}-aide`,
      ...(invalid ? { 'aria-invalid': true as const } : {}),
    }
  }
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`Importer des membres — ${grappeName}`}
      banner={<GrappeNav grappeId={grappeId} grappeName={grappeName} current="members" />}
    >
      <ErrorSummary errors={errors} />
      <h1>Importer des membres</h1>
      <p class="lead">
        Donnez le tableau que vous avez déjà, une ligne par établissement. Chaque ligne est vérifiée et
        montrée avant que rien ne soit enregistré.
      </p>
      <p>
        Une colonne « FINESS » suffit pour commencer ; l’ordre des colonnes est libre. Pas encore de tableau ?{' '}
        <a href={urlTo('importModel', at)}>Télécharger le modèle à remplir (.xlsx)</a>
      </p>

      <form method="post" action={urlTo('importPreview', at)} enctype="multipart/form-data" class="card">
        <h2>Depuis un fichier</h2>
        <Csrf token={frame.csrf} />
        <div class="field">
          <label htmlFor="fichier">Tableau Excel (.xlsx) ou CSV</label>
          <p class="hint" id="fichier-aide">
            10 Mo au plus. La première feuille visible qui a une colonne « FINESS » est lue.
          </p>
          <FieldMessage name="fichier" errors={errors} />
          <input type="file" id="fichier" name="fichier" accept=".xlsx,.csv,.txt" {...describe('fichier')} />
        </div>
        <button type="submit">Vérifier le fichier</button>
      </form>

      <form method="post" action={urlTo('importPreview', at)} class="card">
        <h2>Ou en collant des cellules</h2>
        <Csrf token={frame.csrf} />
        <div class="field">
          <label htmlFor="texte">Cellules copiées</label>
          <p class="hint" id="texte-aide">
            Dans votre tableur, sélectionnez les lignes avec leurs titres, copiez, puis collez ici.
          </p>
          <FieldMessage name="texte" errors={errors} />
          <textarea id="texte" name="texte" class="full" rows={8} spellcheck={false} {...describe('texte')}>
            {pasted}
          </textarea>
        </div>
        <button type="submit">Vérifier les cellules</button>
      </form>
      <p>
        <a href={urlTo('members', at)}>Revenir aux membres</a>
      </p>
    </Layout>
  )
}

/** What the preview's buttons ask for. */
export type ImportAction = 'verifier' | 'proposer' | 'laisser' | 'ajouter'

/** Names of the preview's fields. */
export const correctionFields = {
  cell: (line: number, field: MemberField) => `c-${line}-${field}`,
  accept: (line: number, field: MemberField) => `p-${line}-${field}`,
  ignore: (line: number) => `ignorer-${line}`,
  restore: (line: number) => `reprendre-${line}`,
}

interface PreviewMembersProps extends GrappePage {
  /** Travels in the form; the server reads it back. */
  draft: {
    sheetName: string | null
    otherSheets: readonly string[]
    table: MemberTable
    corrections: readonly Correction[]
  }
  /** The draft's table with its corrections. */
  table: MemberTable
  preview: ImportPreview & {
    completedOgs: readonly { name: string; finessEj: string }[]
    newPorteurOg: string | null
    registryLabel: string | null
  }
  /** The confirmation was asked and could not be followed. */
  refused: boolean
}

/** As many as a person corrects before checking again; the following ones come with the next answer. */
const MOST_LINES_TO_CORRECT_SHOWN = 50

const STATUS: Record<LineStatus, { word: string; words: string; state: string }> = {
  pret: { word: 'prête', words: 'prêtes', state: 'acceptee' },
  'a-corriger': { word: 'à corriger', words: 'à corriger', state: 'refusee' },
  'deja-present': { word: 'déjà présente', words: 'déjà présentes', state: 'deposee' },
}

const ActionButton = ({
  action,
  kind,
  children,
}: {
  action: ImportAction
  kind?: 'secondary'
  children: string
}) => (
  <button type="submit" name="action" value={action} {...(kind ? { class: kind } : {})}>
    {children}
  </button>
)

export function PreviewMembers({
  frame,
  grappeId,
  grappeName,
  draft,
  table,
  preview,
  refused,
}: PreviewMembersProps): JSX.Element {
  const at = { grappe: grappeId }
  const lines = (status: LineStatus) => preview.lines.filter(line => line.status === status)
  const toCorrect = lines('a-corriger')
  const shown = toCorrect.slice(0, MOST_LINES_TO_CORRECT_SHOWN)
  const proposals = toCorrect.flatMap(({ findings }) => findings.filter(({ proposal }) => proposal !== null))
  const leftAside = draft.corrections.filter(correction => 'ignore' in correction)
  const errors: FieldError[] = refused
    ? [
        {
          field: 'a-corriger',
          message: `Rien n’a été ajouté : ${count(toCorrect.length, 'ligne')} à corriger.`,
        },
      ]
    : []
  const buttons = (
    <div class="actions">
      {toCorrect.length > 0 ? (
        <>
          <ActionButton action="verifier">Vérifier mes corrections</ActionButton>
          {proposals.length > 0 ? (
            <ActionButton action="proposer" kind="secondary">
              {proposals.length === 1
                ? 'Prendre la correction proposée'
                : `Prendre les ${proposals.length} corrections proposées`}
            </ActionButton>
          ) : null}
          <ActionButton action="laisser" kind="secondary">
            {toCorrect.length === 1
              ? 'Laisser de côté la ligne à corriger'
              : `Laisser de côté les ${toCorrect.length} lignes à corriger`}
          </ActionButton>
        </>
      ) : null}
      {toCorrect.length === 0 && preview.counts.pret > 0 ? (
        <ActionButton action="ajouter">
          {preview.counts.pret === 1 ? 'Ajouter le membre' : `Ajouter les ${preview.counts.pret} membres`}
        </ActionButton>
      ) : null}
      {toCorrect.length === 0 && leftAside.length > 0 ? (
        <ActionButton action="verifier" kind="secondary">
          Vérifier de nouveau
        </ActionButton>
      ) : null}
      <a href={urlTo('importMembers', at)}>Prendre un autre tableau</a>
    </div>
  )
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`Vérifier avant d’ajouter — ${grappeName}`}
      wide
      banner={<GrappeNav grappeId={grappeId} grappeName={grappeName} current="members" />}
    >
      <ErrorSummary errors={errors} />
      <h1>Vérifier avant d’ajouter</h1>
      <p class="lead">{leadSentence(preview)}</p>
      <ul class="counts" aria-label="Lignes du tableau">
        {(Object.keys(STATUS) as LineStatus[]).map(status => (
          <li key={status}>
            <strong>{preview.counts[status]}</strong>{' '}
            <span class={`etat ${STATUS[status].state}`}>
              {preview.counts[status] < 2 ? STATUS[status].word : STATUS[status].words}
            </span>
          </li>
        ))}
      </ul>
      <Reading draft={draft} table={table} preview={preview} />

      <form method="post" action={urlTo('importPreview', at)} novalidate>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="tableau" value={JSON.stringify(draft)} />
        {buttons}
        {toCorrect.length > 0 ? (
          <section aria-labelledby="a-corriger">
            <h2 id="a-corriger" tabindex={-1}>
              {count(toCorrect.length, 'ligne')} à corriger
            </h2>
            {shown.length < toCorrect.length ? (
              <p>Voici les {shown.length} premières. Les suivantes viendront une fois celles-ci vérifiées.</p>
            ) : null}
            {shown.map(line => (
              <LineToCorrect key={line.line} line={line} />
            ))}
          </section>
        ) : null}
        <LinesTable lines={lines('pret')} id="pretes" title="Lignes prêtes" />
        <LinesTable lines={lines('deja-present')} id="presentes" title="Membres déjà dans la grappe" />
        {leftAside.length > 0 ? (
          <section aria-labelledby="de-cote">
            <h2 id="de-cote">Lignes laissées de côté</h2>
            {leftAside.map(({ line }) => (
              <div class="choice" key={line}>
                <input
                  type="checkbox"
                  id={correctionFields.restore(line)}
                  name={correctionFields.restore(line)}
                  value="oui"
                />
                <label htmlFor={correctionFields.restore(line)}>
                  Reprendre la ligne {line}
                  {nameOf(draft.table, line)}
                </label>
              </div>
            ))}
          </section>
        ) : null}
        {preview.lines.length > 3 ? buttons : null}
      </form>
    </Layout>
  )
}

function leadSentence({ counts }: ImportPreview): string {
  if (counts['a-corriger'] > 0) {
    return 'Rien n’est encore enregistré. Corrigez les lignes signalées, ou laissez-les de côté : l’ajout se fait quand toutes sont prêtes.'
  }
  return counts.pret > 0
    ? 'Rien n’est encore enregistré. Toutes les lignes sont prêtes : relisez-les, puis ajoutez les membres.'
    : 'Il n’y a rien à ajouter.'
}

const nameOf = (table: MemberTable, line: number): string => {
  const values = table.lines.find(one => one.line === line)?.values
  const name = values?.nom ?? values?.finess
  return name === undefined ? '' : ` (${name})`
}

/** How the table was understood: what was read, and what was not. */
function Reading({
  draft,
  table,
  preview,
}: Pick<PreviewMembersProps, 'draft' | 'table' | 'preview'>): JSX.Element {
  const newNames = <Item extends { id: string | null }>(
    items: readonly Item[],
    name: (item: Item) => string,
  ) => items.filter(({ id }) => id === null).map(name)
  const newOgs = newNames(preview.ogs, og => og.name)
  const newSolutions = newNames(preview.solutions, ({ editeur, produit }) =>
    editeur === '' ? produit : `${produit} (${editeur})`,
  )
  const unread = draft.table.ignored
  return (
    <>
      <dl class="facts">
        <dt>Registre FINESS</dt>
        <dd>
          {preview.registryLabel === null
            ? 'Non vérifié : aucun registre n’est chargé sur ce serveur. La clé de chaque numéro est contrôlée, pas son existence.'
            : `Numéros vérifiés dans le ${preview.registryLabel}.`}
        </dd>
        {draft.sheetName === null ? null : (
          <>
            <dt>Feuille lue</dt>
            <dd>
              « {draft.sheetName} »
              {draft.otherSheets.length === 0
                ? ''
                : `. Non lues, et pourtant semblables : ${list(draft.otherSheets.map(name => `« ${name} »`))}. Pour les ajouter, importez chacune dans son propre fichier.`}
            </dd>
          </>
        )}
        {newOgs.length === 0 ? null : (
          <>
            <dt>Organismes gestionnaires à créer</dt>
            <dd>
              <Names names={newOgs} />
              {preview.newPorteurOg === null
                ? null
                : ` « ${preview.newPorteurOg} » sera noté comme porteur de la grappe ; vous pourrez en changer.`}
            </dd>
          </>
        )}
        {preview.completedOgs.length === 0 ? null : (
          <>
            <dt>Organismes gestionnaires complétés</dt>
            <dd>
              {list(
                preview.completedOgs.map(({ name, finessEj }) => `« ${name} » reçoit le numéro ${finessEj}`),
              )}
              .
            </dd>
          </>
        )}
        {newSolutions.length === 0 ? null : (
          <>
            <dt>Solutions à créer</dt>
            <dd>
              <Names names={newSolutions} />
            </dd>
          </>
        )}
        {table.missing.map(({ field, explanation }) => (
          <div key={field}>
            <dt>{FIELD_LABELS[field]}</dt>
            <dd>{explanation}</dd>
          </div>
        ))}
      </dl>
      {preview.mergeProposals.length === 0 && preview.mergeRefusal === null ? null : (
        <div class="card">
          <h2>Des solutions qui n’en font peut-être qu’une</h2>
          {preview.mergeRefusal === null ? null : <p>{preview.mergeRefusal}</p>}
          <ul>
            {preview.mergeProposals.map(({ explanation }) => (
              <li key={explanation}>{explanation}</li>
            ))}
          </ul>
          <p>Après l’ajout, la page « Solutions » permet de les réunir en gardant l’une des deux.</p>
        </div>
      )}
      {table.unusedColumns.length === 0 && unread.length === 0 ? null : (
        <details>
          <summary>
            Ce qui n’a pas été lu :{' '}
            {list([
              ...(table.unusedColumns.length === 0 ? [] : [count(table.unusedColumns.length, 'colonne')]),
              ...(unread.length === 0 ? [] : [count(unread.length, 'ligne')]),
            ])}
          </summary>
          <ul>
            {table.unusedColumns.map(({ column, header, reason }) => (
              <li key={`c${column}`}>
                Colonne « {header} ». {reason}
              </li>
            ))}
            {unread.map(({ line, text, reason }) => (
              <li key={line}>
                Ligne {line} (« {text} »). {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

/** A long list stays one line: the table below has them all. */
const MOST_NAMES = 8

const Names = ({ names }: { names: readonly string[] }) => (
  <>
    {names.length <= MOST_NAMES
      ? `${list(names)}.`
      : `${names.slice(0, MOST_NAMES).join(', ')} et ${names.length - MOST_NAMES} autres.`}
  </>
)

const SUGGESTIONS: Partial<Record<MemberField, readonly string[]>> = {
  domaine: DOMAINES,
  projet: ['acquisition', 'mise en conformité'],
}

function LineToCorrect({ line: { line, values, findings } }: { line: PreviewLine }): JSX.Element {
  const said = new Set(findings.map(({ field }) => field))
  // The name and the number of an OG contradict each other together: either may be the wrong one.
  if (said.has('ogFiness') || said.has('ogNom')) said.add('ogNom').add('ogFiness')
  const cell = (field: MemberField) => (
    <CellToCorrect
      key={field}
      line={line}
      field={field}
      value={values[field] ?? ''}
      findings={findings.filter(finding => finding.field === field)}
    />
  )
  const others = MEMBER_FIELDS.filter(field => !said.has(field))
  return (
    <fieldset class="card">
      <legend>
        Ligne {line}
        {values.nom === undefined ? '' : ` : ${values.nom}`}{' '}
        <span class={`etat ${STATUS['a-corriger'].state}`}>{STATUS['a-corriger'].word}</span>
      </legend>
      {MEMBER_FIELDS.filter(field => said.has(field)).map(cell)}
      {others.length === 0 ? null : (
        <details>
          <summary>Voir ou corriger les autres cellules</summary>
          {others.map(cell)}
        </details>
      )}
      <div class="choice">
        <input
          type="checkbox"
          id={correctionFields.ignore(line)}
          name={correctionFields.ignore(line)}
          value="oui"
        />
        <label htmlFor={correctionFields.ignore(line)}>Laisser la ligne {line} de côté</label>
      </div>
    </fieldset>
  )
}

interface CellToCorrectProps {
  line: number
  field: MemberField
  value: string
  findings: readonly Finding[]
}

function CellToCorrect({ line, field, value, findings }: CellToCorrectProps): JSX.Element {
  const name = correctionFields.cell(line, field)
  const blocking = findings.filter(finding => finding.blocking)
  const notes = findings.filter(finding => !finding.blocking).map(sentences)
  const address = findings[0]?.address
  const hint = [...(address ? [`Cellule ${address}.`] : []), ...notes].join(' ')
  const errors = blocking.length === 0 ? [] : [{ field: name, message: blocking.map(sentences).join(' ') }]
  return (
    <>
      <Field
        name={name}
        label={FIELD_LABELS[field]}
        value={value}
        errors={errors}
        optional={!['finess', 'nom', 'ogNom'].includes(field)}
        {...(hint === '' ? {} : { hint })}
        {...(SUGGESTIONS[field] ? { suggestions: SUGGESTIONS[field] } : {})}
      />
      {blocking.map(({ proposal }) => {
        if (proposal === null) return null
        const accept = correctionFields.accept(line, field)
        return (
          <div class="choice" key={proposal}>
            <input type="checkbox" id={accept} name={accept} value={proposal} />
            <label htmlFor={accept}>
              Prendre la correction proposée : <strong>{proposal}</strong>
            </label>
          </div>
        )
      })}
    </>
  )
}

const sentences = ({ reason, remedy }: Finding): string => (remedy === null ? reason : `${reason} ${remedy}`)

/** Only the columns that hold something, each remark under its cell. */
function LinesTable({
  lines,
  id,
  title,
}: {
  lines: readonly PreviewLine[]
  id: string
  title: string
}): JSX.Element | null {
  if (lines.length === 0) return null
  const fields = MEMBER_FIELDS.filter(field =>
    lines.some(line => line.values[field] !== undefined || line.findings.some(one => one.field === field)),
  )
  return (
    <>
      <h2 id={id}>
        {title} ({lines.length})
      </h2>
      <section class="scroll" tabindex={0} aria-labelledby={id}>
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Ligne</th>
              <th scope="col">État</th>
              {fields.map(field => (
                <th scope="col" key={field}>
                  {FIELD_LABELS[field]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ line, status, values, findings }) => (
              <tr key={line}>
                <th scope="row">{line}</th>
                <td data-label="État">
                  <span class={`etat ${STATUS[status].state}`}>{STATUS[status].word}</span>
                </td>
                {fields.map(field => (
                  <td
                    key={field}
                    {...(values[field] === undefined ? {} : { 'data-label': FIELD_LABELS[field] })}
                  >
                    <div>
                      {values[field]}
                      {findings
                        .filter(finding => finding.field === field)
                        .map(finding => (
                          <p class="hint" key={finding.reason}>
                            {sentences(finding)}
                          </p>
                        ))}
                    </div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
