/** A form answered on screen, and the page that deposits it: the member's, and the porteur's in its place. */

import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import type { PieceDefinition } from '../../server/domain/call.ts'
import type { AnsweredLine, GivenAnswer, GivenAnswers } from '../../server/domain/forms/answer.ts'
import { answerWords, lastGiven, type OnScreen, progressOf } from '../../server/domain/forms/answers.ts'
import { type Field, type Form, missingOf } from '../../server/domain/forms/form.ts'
import { progressWords } from '../../server/domain/forms/words.ts'
import { currentVersion, type Piece } from '../../server/domain/piece.ts'
import { Csrf, ErrorSummary } from './components.tsx'
import type { MemberPage } from './esms/home.tsx'
import { answerName, FormParts, type TypedAgain, whoWords } from './form-fields.tsx'
import { count, list } from './format.ts'
import { Layout, type PorteurFrame, type ScriptName } from './layout.tsx'
import { GrappeNav, type GrappeTitle } from './porteur/grappe-nav.tsx'
import { KeepFiles } from './upload-field.tsx'

/** Whose page it is. */
export type Surround =
  | { by: 'member'; page: MemberPage }
  | { by: 'porteur'; frame: PorteurFrame; grappe: GrappeTitle; timeZone: string }

export interface FormUrls {
  form: string
  deposit: string
  print: string
  piece: string
}

interface FormPageProps {
  surround: Surround
  urls: FormUrls
  title: string
  ownerName: string
  piece: Piece
  definition: PieceDefinition
  form: Form
  answers: GivenAnswers
  /** Where facts that the form shows as unknown are filled in: each address by its words. */
  records: ReadonlyMap<string, string>
}

interface AnswerFormProps extends FormPageProps {
  former: ReadonlyArray<Pick<AnsweredLine, 'question' | 'kind'> & { given: GivenAnswer }>
  /** Why nothing can be written now; null when it can. */
  closedReason: string | null
  deposited: { changed: number } | null
  /** Whether the porteur put a Word model of its own in the place of ours. */
  /** Whose Word model stands in the place of the one that the form follows; null for that one. */
  otherModel: 'porteur' | 'appel' | null
  again: TypedAgain
  /** Why nothing that was sent is saved; null when it is, or when fields say it. */
  problem: string | null
}

const timeZoneOf = (surround: Surround) =>
  surround.by === 'member' ? surround.page.timeZone : surround.timeZone

function Page({
  surround,
  title,
  scripts = [],
  children,
}: {
  surround: Surround
  title: string
  scripts?: readonly ScriptName[]
  children: ComponentChildren
}) {
  if (surround.by === 'member') {
    const { frame, memberName, token } = surround.page
    return (
      <Layout
        frame={frame}
        title={title}
        who={memberName}
        scripts={['seen', ...scripts]}
        seenUrl={urlTo('memberSeen', { token })}
      >
        {children}
      </Layout>
    )
  }
  const { frame, grappe } = surround
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={title}
      scripts={scripts}
      banner={<GrappeNav grappe={grappe} current={null} />}
    >
      {children}
    </Layout>
  )
}

const Sent = ({ surround }: Pick<FormPageProps, 'surround'>) =>
  surround.by === 'porteur' ? <Csrf token={surround.frame.csrf} /> : null

export function AnswerForm(props: AnswerFormProps): JSX.Element {
  const { surround, urls, title, ownerName, piece, form, answers, closedReason, again, problem } = props
  const timeZone = timeZoneOf(surround)
  const isClosed = closedReason !== null
  const parts = (
    <FormParts parts={form.parts} answers={answers} again={again} timeZone={timeZone} isClosed={isClosed} />
  )
  const errors = [
    ...[...again.messages].map(([field, message]) => ({ field: answerName(field), message })),
    ...[...again.others].map(([field, { by }]) => ({
      field: `choix.${field}-mienne`,
      message: `${by} a répondu pendant que vous écriviez : choisissez.`,
    })),
  ]
  return (
    <Page
      surround={surround}
      title={`${title}, ${ownerName} : réponses`}
      scripts={isClosed ? [] : ['answers']}
    >
      <p class="back">
        <a href={urls.piece}>Revenir à la pièce</a>
      </p>
      <ErrorSummary errors={errors} />
      {problem === null ? null : (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <h2>Rien n’est enregistré</h2>
          <p>{problem}</p>
        </div>
      )}
      <h1>{title}</h1>
      <p class="lead">{ownerName}</p>
      {isClosed && problem === null ? (
        <p class="motive">
          <strong>Les réponses se lisent, elles ne se changent plus.</strong> {closedReason}
        </p>
      ) : null}
      <Where {...props} />
      <p>{form.introduction}</p>
      {props.otherModel ? (
        <p class="motive">
          {props.otherModel === 'porteur'
            ? 'Le porteur a remplacé notre modèle Word par le sien'
            : 'L’appel donne son propre modèle Word, à la place du nôtre'}
          {'\u00a0: '}
          ses questions peuvent être autres que celles-ci. En cas de doute, demandez au porteur lequel des
          deux il attend.
        </p>
      ) : null}
      <Missing form={form} records={props.records} />
      {isClosed ? (
        <div class="answer-form">{parts}</div>
      ) : (
        <form method="post" action={urls.form} novalidate class="answer-form" data-answers={piece.id}>
          <Sent surround={surround} />
          {parts}
          <div class="save-bar">
            <button type="submit">Enregistrer</button>
            <p role="status" data-state />
          </div>
        </form>
      )}
      {isClosed ? null : (
        <p class="actions">
          <a class="button" href={urls.deposit} data-after-save>
            Relire et déposer
          </a>
        </p>
      )}
      <Prints urls={urls} answered={lastGiven(answers) !== null} />
      <Former {...props} timeZone={timeZone} />
    </Page>
  )
}

/** How far one is, who wrote last, and what of it is deposited. */
function Where({ surround, form, answers, deposited }: AnswerFormProps) {
  const last = lastGiven(answers)
  return (
    <p>
      <span data-progress>{progressWords(progressOf(form, answers))}</span>
      {last === null ? '. ' : `. Dernière réponse : ${whoWords(last, timeZoneOf(surround))}. `}
      {deposited === null
        ? 'Rien de ces réponses n’est déposé encore.'
        : deposited.changed === 0
          ? 'Ces réponses sont celles du dépôt.'
          : `${count(deposited.changed, 'réponse modifiée', 'réponses modifiées')} depuis le dépôt : il ` +
            'n’a pas changé, déposez de nouveau pour qu’elles comptent.'}
    </p>
  )
}

function Missing({ form, records }: Pick<FormPageProps, 'form' | 'records'>) {
  const missing = missingOf(form)
  if (missing.length === 0) return null
  return (
    <p>
      Personne n’a encore indiqué : {list([...new Set(missing.map(fact => fact.missing))])}.{' '}
      {[...records].map(([name, href], order) => (
        <>
          {order === 0 ? '' : ', '}
          <a key={href} href={href}>
            {name}
          </a>
        </>
      ))}
    </p>
  )
}

function Prints({ urls, answered }: { urls: Pick<FormUrls, 'print'>; answered: boolean }) {
  return (
    <p>
      À remplir à la main : <a href={`${urls.print}?vide=oui`}>formulaire vide à imprimer (PDF)</a>
      {answered ? (
        <>
          , <a href={urls.print}>avec les réponses enregistrées (PDF)</a>
        </>
      ) : null}
      .
    </p>
  )
}

function Former({ former, timeZone }: Pick<AnswerFormProps, 'former'> & { timeZone: string }) {
  if (former.length === 0) return null
  return (
    <section aria-labelledby="anciennes">
      <h2 id="anciennes">Anciennes réponses</h2>
      <p>Le formulaire ne pose plus ces questions : ces réponses sont gardées, elles ne se déposent plus.</p>
      <dl class="facts">
        {former.map(({ question, kind, given }) => (
          <>
            <dt>{question}</dt>
            <dd class="typed">
              {answerWords(kind, given.answer)} ({whoWords(given, timeZone)})
            </dd>
          </>
        ))}
      </dl>
    </section>
  )
}

/** One line on the page of the piece: where to answer, how far one is, and the same on paper. */
export function OnScreenLink({
  urls,
  onScreen,
}: {
  urls: Pick<FormUrls, 'form' | 'print'>
  onScreen: OnScreen
}): JSX.Element {
  const { answered, isOpen, changed } = onScreen
  const since =
    changed === null
      ? ''
      : changed === 0
        ? ', déposées telles quelles'
        : `, ${count(changed, 'modifiée', 'modifiées')} depuis le dépôt`
  return (
    <p>
      <a href={urls.form}>{isOpen ? 'Répondre à l’écran' : 'Lire les réponses données à l’écran'}</a>
      {answered === 0 ? '' : ` (${progressWords(onScreen)}${since})`}
      {isOpen ? (
        <>
          {' '}
          ou <a href={`${urls.print}?vide=oui`}>imprimer le formulaire (PDF)</a>
        </>
      ) : null}
    </p>
  )
}

/** So many questions are listed at once; more of them unfold. */
const FEW = 8

interface DepositFormProps extends FormPageProps {
  /** Asked and not answered. */
  lacking: readonly Field[]
  revision: number
  /** Who answered and when, in one sentence. */
  answered: string
  /** Why it cannot be deposited; null when it can. */
  problem: string | null
  isPossible: boolean
}

/** What lacks, then one button: what is read here is what is deposited. */
export function DepositForm(props: DepositFormProps): JSX.Element {
  const { surround, urls, title, ownerName, piece, definition, lacking, problem } = props
  return (
    <Page surround={surround} title={`Déposer les réponses : ${title}, ${ownerName}`}>
      <p class="back">
        <a href={urls.form}>Revenir aux réponses</a>
      </p>
      {problem === null ? null : (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <h2>Rien n’est déposé</h2>
          <p>{problem}</p>
        </div>
      )}
      <h1>Déposer ces réponses</h1>
      <p class="lead">
        {title}, {ownerName}
      </p>
      <p>
        {props.answered} {progressWords(progressOf(props.form, props.answers))}.
      </p>
      {lacking.length === 0 ? (
        <p>Toutes les questions ont une réponse.</p>
      ) : (
        <>
          <p>
            {count(lacking.length, 'question reste', 'questions restent')} sans réponse. Le document le dira ;
            vous pouvez déposer ainsi.
          </p>
          <details open={lacking.length <= FEW}>
            <summary>Lesquelles</summary>
            <ul>
              {lacking.map(field => (
                <li key={field.id}>
                  <a href={`${urls.form}#${answerName(field.id)}`}>{lackingWords(field)}</a>
                </li>
              ))}
            </ul>
          </details>
        </>
      )}
      {props.isPossible ? (
        <form method="post" action={urls.deposit} class="card">
          <Sent surround={surround} />
          <input type="hidden" name="vu" value={props.revision} />
          <p>
            Vos réponses deviennent un PDF, déposé pour « {definition.name} » comme un fichier que vous auriez
            envoyé : il a son reçu, et ce que vous écrirez ensuite ne le changera pas.
          </p>
          <KeepFiles definition={definition} version={currentVersion(piece)} kept={[]} />
          <button type="submit">Déposer ces réponses</button>
        </form>
      ) : null}
    </Page>
  )
}

const lackingWords = ({ question, label }: Field) => (label === null ? question : `${question} : ${label}`)
