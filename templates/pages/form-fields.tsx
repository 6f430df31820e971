/** The questions of a form answered on screen, each with who answered it and what somebody else wrote. */

import type { ComponentChildren, JSX } from 'preact'
import type { GivenAnswer, GivenAnswers } from '../../server/domain/forms/answer.ts'
import {
  answerWords,
  figureWords,
  lacksOf,
  sumOf,
  typedOf,
  UNKNOWN_WORDS,
} from '../../server/domain/forms/answers.ts'
import {
  type Cell,
  type Field,
  type FormItem,
  type FormPart,
  type FormSum,
  isDetails,
} from '../../server/domain/forms/form.ts'
import { shareOfWhole } from '../../server/domain/forms/words.ts'
import { capital, moment } from './format.ts'

/** What a form that was refused in part shows again. */
export interface TypedAgain {
  /** By id of field: what was typed and is not saved. */
  typed: ReadonlyMap<string, readonly string[]>
  messages: ReadonlyMap<string, string>
  /** What somebody else answered meanwhile. */
  others: ReadonlyMap<string, GivenAnswer>
}

export const NOTHING_AGAIN: TypedAgain = { typed: new Map(), messages: new Map(), others: new Map() }

export interface FieldsProps {
  answers: GivenAnswers
  again: TypedAgain
  timeZone: string
  /** Answers are read, not written. */
  isClosed: boolean
}

/** Names of the inputs of a field; the address of an error is that of the first. */
export const answerName = (id: string): string => `r.${id}`

export function FormParts({ parts, ...props }: FieldsProps & { parts: readonly FormPart[] }): JSX.Element {
  return (
    <>
      {parts.map((part, at) => (
        <section key={part.title ?? at} class="form-part">
          {part.title === null ? null : part.level === 1 ? <h2>{part.title}</h2> : <h3>{part.title}</h3>}
          {part.note === null ? null : <p class="hint">{part.note}</p>}
          {part.items.map((item, order) => (
            <Item key={order} item={item} {...props} />
          ))}
        </section>
      ))}
    </>
  )
}

function Item({ item, ...props }: FieldsProps & { item: FormItem }) {
  switch (item.kind) {
    case 'note':
      return <p>{item.value.text}</p>
    case 'known':
      return (
        <>
          <dl class="facts">
            <dt>{item.words}</dt>
            <dd>{item.value.text}</dd>
          </dl>
          {item.details === null ? null : (
            <Answer field={item.details} label={item.details.label ?? ''} of={item.words} {...props} />
          )}
        </>
      )
    case 'question':
      return <Question item={item} {...props} />
    case 'table':
      return <Table item={item} {...props} />
    case 'sums':
      return <Sums item={item} answers={props.answers} />
  }
}

/** The question is the label of its answer, before further details; several answers stand under it. */
function Question({ item, ...props }: FieldsProps & { item: Extract<FormItem, { kind: 'question' }> }) {
  const [first, ...others] = item.fields
  if (first === undefined) return null
  if (first.label === null) {
    return (
      <>
        <Answer field={first} label={item.words} {...props} />
        {others.map(field => (
          <Answer key={field.id} field={field} label={field.label ?? ''} of={item.words} {...props} />
        ))}
      </>
    )
  }
  return (
    <fieldset class="field answers">
      <legend>{item.words}</legend>
      {item.fields.map(field => (
        <Answer key={field.id} field={field} label={field.label ?? 'Réponse'} {...props} />
      ))}
    </fieldset>
  )
}

function Table({ item, ...props }: FieldsProps & { item: Extract<FormItem, { kind: 'table' }> }) {
  const { columns, rows, grows } = item
  if (rows.every(row => row.every(cell => 'known' in cell)))
    return <KnownTable columns={columns} rows={rows} />
  return (
    <>
      {rows.map((row, at) => (
        <fieldset key={at} class="field answer-line">
          <legend>{rowTitle(row, at)}</legend>
          <dl class="facts">
            {row.map((cell, column) =>
              'known' in cell && column > 1 ? (
                <>
                  <dt>{columns[column]}</dt>
                  <dd>{cell.known.text}</dd>
                </>
              ) : null,
            )}
          </dl>
          <div class="answer-cells">
            {row.map((cell, column) =>
              'field' in cell ? (
                <Answer
                  key={cell.field.id}
                  field={cell.field}
                  label={columns[column] ?? ''}
                  inLine
                  {...props}
                />
              ) : null,
            )}
          </div>
        </fieldset>
      ))}
      {grows && !props.isClosed ? (
        <p class="hint">Pour une ligne de plus, enregistrez : des lignes libres reviennent.</p>
      ) : null}
    </>
  )
}

/** The name of whom it is about, which the second column holds; its number otherwise. */
const rowTitle = (row: readonly Cell[], at: number): string => {
  const name = row[1]
  return name !== undefined && 'known' in name ? name.known.text : `Ligne ${at + 1}`
}

function KnownTable({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly Cell[])[] }) {
  return (
    <ul>
      {rows.map((row, at) => (
        <li key={at}>
          {row.map((cell, column) =>
            'known' in cell ? `${column === 0 ? '' : ` ${columns[column]} : `}${cell.known.text}` : '',
          )}
        </li>
      ))}
    </ul>
  )
}

function Sums({ item, answers }: { item: Extract<FormItem, { kind: 'sums' }>; answers: GivenAnswers }) {
  const whole = sumOf(item.sums.at(-1) ?? { fields: [] }, answers)
  return (
    <dl class="facts">
      {item.sums.map(sum => (
        <>
          <dt>{sum.words}</dt>
          <dd>
            {totalWords(sum, answers)}
            {item.showsShare ? shareOfWhole(sumOf(sum, answers), whole, ', ') : ''}
            {sum.known === null ? '' : ` ; selon l’appel : ${sum.known.text}`}
          </dd>
        </>
      ))}
    </dl>
  )
}

function totalWords(sum: FormSum, answers: GivenAnswers): string {
  const total = sumOf(sum, answers)
  const [field] = sum.fields
  if (total === null || field === undefined) return 'calculé quand les lignes sont remplies et enregistrées'
  const unknown = lacksOf(sum, answers)
  const words = answerWords(field.kind, { type: 'figure', value: total })
  return unknown === 0
    ? words
    : `${words}, sans ce qui n’est pas su (${figureWords({ type: 'number', unit: '' }, unknown)})`
}

interface AnswerProps extends FieldsProps {
  field: Field
  label: string
  /** The question that it details, for whoever reads one field at a time. */
  of?: string
  /** In a line of a table, where « ne sait pas » is typed and who answered is told once saved. */
  inLine?: boolean
}

function Answer({ field, label, of, inLine = false, ...props }: AnswerProps) {
  const { answers, again, timeZone, isClosed } = props
  const given = answers.get(field.id)
  const message = again.messages.get(field.id)
  const other = again.others.get(field.id)
  const kept = typedOf(field.kind, given?.answer ?? null)
  const typed = again.typed.get(field.id) ?? kept
  if (isClosed) {
    return (
      <dl class="facts">
        <dt>{label}</dt>
        <dd class="typed">{answerWords(field.kind, given?.answer ?? null)}</dd>
      </dl>
    )
  }
  const name = answerName(field.id)
  const notes = [message === undefined ? '' : `${name}-erreur`, `${name}-qui`].filter(Boolean).join(' ')
  const described = {
    'aria-describedby': notes,
    ...(message === undefined ? {} : { 'aria-invalid': true as const }),
  }
  return (
    <div
      class={message === undefined && other === undefined ? 'answer' : 'answer invalid'}
      data-answer={field.id}
    >
      <Control field={field} label={label} of={of} typed={typed} described={described} inLine={inLine}>
        <p class="field-error" id={`${name}-erreur`} data-error hidden={message === undefined}>
          {message}
        </p>
      </Control>
      {other === undefined ? null : <Other field={field} given={other} timeZone={timeZone} />}
      <p class="hint" id={`${name}-qui`} data-who>
        {given === undefined || given.answer === null ? '' : whoWords(given, timeZone)}
      </p>
      <input type="hidden" name={`vu.${field.id}`} value={given?.revision ?? 0} data-seen />
      <input type="hidden" name={`avant.${field.id}`} value={kept.join('\n')} />
    </div>
  )
}

export const whoWords = ({ by, at }: Pick<GivenAnswer, 'by' | 'at'>, timeZone: string): string =>
  `${capital(by)}, le ${moment(at, timeZone)}`

/** What somebody else wrote while this was typed: whoever comes second chooses. */
function Other({ field, given, timeZone }: { field: Field; given: GivenAnswer; timeZone: string }) {
  const name = `choix.${field.id}`
  return (
    <fieldset class="field other">
      <legend>Deux réponses : laquelle garder ?</legend>
      <p>
        {whoWords(given, timeZone)} : « {answerWords(field.kind, given.answer)} ». La vôtre, ci-dessus, n’est
        pas enregistrée.
      </p>
      <input type="hidden" name={`conflit.${field.id}`} value="oui" />
      <div class="choice">
        <input type="radio" id={`${name}-mienne`} name={name} value="mienne" />
        <label htmlFor={`${name}-mienne`}>Garder la mienne</label>
      </div>
      <div class="choice">
        <input type="radio" id={`${name}-autre`} name={name} value="autre" />
        <label htmlFor={`${name}-autre`}>Garder l’autre</label>
      </div>
    </fieldset>
  )
}

interface ControlProps {
  field: Field
  label: string
  of: string | undefined
  typed: readonly string[]
  described: object
  inLine: boolean
  /** What is wrong, between the label and the input. */
  children: ComponentChildren
}

function Control({ field, label, of, typed, described, inLine, children }: ControlProps) {
  const { kind } = field
  const name = answerName(field.id)
  if (kind.type === 'choice') {
    return kind.several ? (
      <Boxes name={name} label={label} options={kind.options} typed={typed} described={described}>
        {children}
      </Boxes>
    ) : (
      <>
        <label htmlFor={name}>{label}</label>
        {children}
        <select id={name} name={name} {...described}>
          <option value="">Pas encore répondu</option>
          {[...kind.options, UNKNOWN_WORDS].map(option => (
            <option key={option} value={option} selected={typed.includes(option)}>
              {capital(option)}
            </option>
          ))}
        </select>
      </>
    )
  }
  const isUnknown = typed.includes(UNKNOWN_WORDS)
  const text = typed.find(each => each !== UNKNOWN_WORDS) ?? (isUnknown && inLine ? UNKNOWN_WORDS : '')
  const unit = kind.type === 'euros' ? 'en euros' : kind.type === 'text' ? null : kind.unit
  return (
    <>
      <label htmlFor={name}>
        {label}
        {of === undefined ? null : <span class="visually-hidden">, {of}</span>}
        {unit === null ? null : <span class="optional"> ({unit})</span>}
      </label>
      {children}
      {kind.type === 'text' && kind.long ? (
        <textarea id={name} name={name} rows={3} {...described}>
          {text}
        </textarea>
      ) : (
        <input
          id={name}
          name={name}
          type="text"
          class={kind.type === 'text' ? 'full' : 'short'}
          value={text}
          autocomplete="off"
          {...(kind.type === 'text' || inLine ? {} : { inputMode: 'decimal' as const })}
          {...described}
        />
      )}
      {inLine || isDetails(field) ? null : (
        <div class="choice">
          <input type="checkbox" id={`${name}-nsp`} name={name} value={UNKNOWN_WORDS} checked={isUnknown} />
          <label htmlFor={`${name}-nsp`}>
            Ne sait pas<span class="visually-hidden">, {label}</span>
          </label>
        </div>
      )}
    </>
  )
}

function Boxes({
  name,
  label,
  options,
  typed,
  described,
  children,
}: {
  name: string
  label: string
  options: readonly string[]
  typed: readonly string[]
  described: object
  children: ComponentChildren
}) {
  return (
    <fieldset class="boxes" {...described}>
      <legend>{label}</legend>
      {children}
      {[...options, UNKNOWN_WORDS].map((option, at) => {
        const id = at === 0 ? name : `${name}-${at}`
        return (
          <div class="choice" key={option}>
            <input type="checkbox" id={id} name={name} value={option} checked={typed.includes(option)} />
            <label htmlFor={id}>{capital(option)}</label>
          </div>
        )
      })}
    </fieldset>
  )
}
