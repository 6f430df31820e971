/** Whom a piece concerns: one fact after the other, read back as a sentence, with the members it finds. */
import type { ComponentChildren, JSX } from 'preact'
import { DOMAINES, PROJETS } from '../../../server/domain/call.ts'
import type { Joint } from '../../../server/domain/condition-edit.ts'
import { CATEGORY_SUGGESTIONS } from '../../../server/domain/nomenclature.ts'
import { OUTRE_MER, REGIONS } from '../../../server/domain/regions.ts'
import { Csrf, Field, type FieldError, Radios, Select } from '../components.tsx'
import { count, list } from '../format.ts'
import { DOMAINE_WORDS, PROJET_WORDS } from '../porteur/members.tsx'
import { type CallFrame, CallLayout, type CallTitle, callUrl } from './frame.tsx'
import { Boxes, type FormState, field } from './parts.tsx'

/** What the condition finds in a grappe of the porteur. */
export interface ConcernedMembers {
  grappe: string
  concerned: readonly string[]
  /** With the facts that would tell. */
  unknown: readonly { name: string; missing: string }[]
  others: number
}

/** Building a condition, wherever it is kept. */
export interface ConditionEditorProps {
  csrf: string
  /** Where each fact is sent. */
  url: string
  /** Where the sentence and the members are read while a fact is being chosen. */
  previewUrl: string
  /** What each form sends besides its fact. */
  hidden: ReadonlyArray<readonly [name: string, value: string]>
  /** The same, of which the sentence and the members know nothing: what is typed elsewhere. */
  kept: ReadonlyArray<readonly [name: string, value: string]>
  sentence: string
  /** In the order in which they are read. */
  facts: readonly { words: string; before: 'et' | 'ou' | null }[]
  joints: readonly Joint[]
  declarations: readonly { code: string; title: string }[]
  found: ConcernedMembers | null
  form: FormState
}

export interface CallConditionProps
  extends Omit<ConditionEditorProps, 'csrf' | 'url' | 'previewUrl' | 'hidden' | 'kept'> {
  frame: CallFrame
  call: CallTitle
  revision: number
  piece: { code: string; name: string }
  /** Grappes to look at; none for a reviewer. */
  grappes: readonly { id: string; name: string }[]
  grappeId: string | null
  errors: readonly FieldError[]
}

const JOINT_LABELS: Readonly<Record<Joint, string>> = {
  et: 'et, en plus de tout ce qui précède',
  ou: 'ou bien, à la place de ce qui précède',
  'et-dernier': 'et, avec le dernier fait seulement',
  'ou-dernier': 'ou, à la place du dernier fait seulement',
}

export function CallCondition(props: CallConditionProps): JSX.Element {
  const { frame, call, piece, revision, grappes, grappeId } = props
  const at = { call: call.id, piece: piece.code }
  const url = callUrl(frame.side, 'condition', at)
  return (
    <CallLayout
      frame={frame}
      title="Qui est concerné"
      call={call}
      parent={{ label: piece.name, url: callUrl(frame.side, 'piece', at) }}
      errors={props.errors}
      scripts={['condition']}
    >
      <p class="lead">« {piece.name} » est :</p>
      <ConditionEditor
        {...props}
        csrf={frame.csrf}
        url={url}
        previewUrl={callUrl(frame.side, 'preview', at)}
        hidden={[
          ['revision', String(revision)],
          ['grappe', grappeId ?? ''],
        ]}
        kept={[]}
      />
      {grappes.length === 0 ? null : (
        <form method="get" action={url} class="card">
          <h2>Voir qui cela donne</h2>
          <Select
            name="grappe"
            label="Dans votre grappe"
            value={grappeId ?? ''}
            empty="Choisissez une grappe"
            choices={grappes.map(({ id, name }) => ({ value: id, label: name }))}
            errors={[]}
          />
          <button type="submit" class="secondary">
            Afficher les membres concernés
          </button>
        </form>
      )}
      <p>
        <a href={callUrl(frame.side, 'pieces', { call: call.id })}>Revenir aux pièces</a>
      </p>
    </CallLayout>
  )
}

/** What the condition says and finds, its facts, and a small form for each that may be added. */
export function ConditionEditor(props: ConditionEditorProps): JSX.Element {
  const { url, facts } = props
  return (
    <>
      <ConditionFound {...props} />
      {facts.length === 0 ? null : (
        <form method="post" action={url}>
          <Sent {...props} />
          <input type="hidden" name="acte" value="retirer" />
          <ul class="facts-list">
            {facts.map(({ words, before }, i) => (
              <li key={`${before} ${words}`}>
                {before === null ? null : <strong>{before} </strong>}
                {words}{' '}
                <button class="link" type="submit" name="fait" value={i} aria-label={`Retirer : ${words}`}>
                  Retirer
                </button>
              </li>
            ))}
          </ul>
        </form>
      )}
      <h2>{facts.length === 0 ? 'Demander cette pièce à certains seulement' : 'Ajouter un fait'}</h2>
      <FactForms {...props} />
    </>
  )
}

/** What each form sends besides its own fields. */
const Sent = ({ csrf, hidden, kept }: Pick<ConditionEditorProps, 'csrf' | 'hidden' | 'kept'>) => (
  <>
    <Csrf token={csrf} />
    <Kept kept={kept} />
    {hidden.map(([name, value]) => (
      <input key={name} type="hidden" name={name} value={value} />
    ))}
  </>
)

/** What is typed elsewhere, kept by the page. */
export const Kept = ({ kept }: Pick<ConditionEditorProps, 'kept'>): JSX.Element => (
  <>
    {kept.map(([name, value]) => (
      <input key={`${name} ${value}`} type="hidden" name={name} value={value} data-kept="" />
    ))}
  </>
)

/** The sentence and the members: what the script renews while a fact is being chosen. */
export function ConditionFound({
  sentence,
  found,
}: Pick<ConditionEditorProps, 'sentence' | 'found'>): JSX.Element {
  return (
    <div id="trouve" role="status">
      <p class="card">{sentence}.</p>
      {found === null ? null : (
        <>
          <p>
            Dans « {found.grappe} » : {count(found.concerned.length, 'ESMS concerné', 'ESMS concernés')},{' '}
            {count(found.others, 'autre')}
            {found.unknown.length === 0 ? '' : `, ${found.unknown.length} à préciser`}.
          </p>
          <Names names={found.concerned} />
          {found.unknown.length === 0 ? null : (
            <ul>
              {found.unknown.map(({ name, missing }) => (
                <li key={name}>
                  {name} : il manque {missing}.
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </div>
  )
}

/** More names than this are one click away. */
const SHOWN_NAMES = 30

function Names({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null
  const sentence = <p class="muted">{list(names)}.</p>
  return names.length <= SHOWN_NAMES ? (
    sentence
  ) : (
    <details>
      <summary>Lire les {names.length} noms</summary>
      {sentence}
    </details>
  )
}

/** One small form a fact; each adds its own. */
function FactForms(props: ConditionEditorProps) {
  const { form, declarations } = props
  const choices = (values: readonly string[], words: (value: string) => string) =>
    values.map(value => ({ value, label: words(value) }))
  return (
    <>
      <FactForm {...props} fact="domaines" title="Domaine">
        <Boxes
          form={form}
          name="domaines"
          legend="Du domaine"
          choices={DOMAINES.map(value => ({ value, label: DOMAINE_WORDS[value] }))}
        />
      </FactForm>
      <FactForm {...props} fact="projets" title="Nature du projet">
        <Boxes
          form={form}
          name="projets"
          legend="En"
          choices={PROJETS.map(value => ({ value, label: PROJET_WORDS[value] }))}
        />
      </FactForm>
      <FactForm {...props} fact="categories" title="Catégorie">
        <Field
          {...field(form, 'categories')}
          label="Catégories, par le nom ou le code"
          hint="Séparez-les par des virgules : EHPAD, SSIAD, 183."
          suggestions={CATEGORY_SUGGESTIONS}
        />
      </FactForm>
      <FactForm {...props} fact="regions" title="Région">
        <Boxes
          form={form}
          name="regions"
          legend="Situés en"
          choices={choices([OUTRE_MER, ...REGIONS], value => value)}
        />
      </FactForm>
      <FactForm {...props} fact="tailleOg" title="Taille de l’OG">
        <SpanFields form={form} name="tailleOg" unit="ESMS de l’OG dans la grappe" />
      </FactForm>
      <FactForm {...props} fact="nombreOg" title="Nombre d’OG de la grappe">
        <SpanFields form={form} name="nombreOg" unit="OG" />
      </FactForm>
      {declarations.length === 0 ? null : (
        <FactForm {...props} fact="declaration" title="Réponse à une déclaration">
          <Select
            {...field(form, 'declaration')}
            label="Déclaration"
            choices={declarations.map(({ code, title }) => ({ value: code, label: title }))}
          />
          <Radios
            {...field(form, 'reponse')}
            legend="Réponse"
            choices={[
              { value: 'oui', label: 'Oui' },
              { value: 'non', label: 'Non' },
            ]}
          />
        </FactForm>
      )}
    </>
  )
}

function SpanFields({ form, name, unit }: { form: FormState; name: string; unit: string }) {
  return (
    <>
      <Field
        {...field(form, `${name}.min`)}
        label={`Au moins, en ${unit}`}
        type="number"
        optional
        width="short"
      />
      <Field
        {...field(form, `${name}.max`)}
        label={`Au plus, en ${unit}`}
        type="number"
        optional
        width="short"
      />
    </>
  )
}

interface FactFormProps extends ConditionEditorProps {
  fact: string
  title: string
  children: ComponentChildren
}

function FactForm(props: FactFormProps) {
  const { url, previewUrl, fact, title, joints, form, children } = props
  const isWrong = form.errors.some(({ field: name }) => name === fact || name.startsWith(`${fact}.`))
  const [first] = joints
  return (
    <details class="card" open={isWrong}>
      <summary>{title}</summary>
      <form method="post" action={url} novalidate data-condition={previewUrl}>
        <Sent {...props} />
        <input type="hidden" name="acte" value="ajouter" />
        <input type="hidden" name="fait" value={fact} />
        {first === undefined ? null : (
          <fieldset class="field">
            <legend>Comment l’ajouter</legend>
            {joints.map(joint => (
              <div class="choice" key={joint}>
                <input
                  type="radio"
                  id={`${fact}-${joint}`}
                  name="joint"
                  value={joint}
                  checked={joint === first}
                />
                <label htmlFor={`${fact}-${joint}`}>{JOINT_LABELS[joint]}</label>
              </div>
            ))}
          </fieldset>
        )}
        {children}
        <button type="submit" class="secondary">
          Ajouter ce fait
        </button>
      </form>
    </details>
  )
}
