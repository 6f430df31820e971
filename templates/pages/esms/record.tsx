/** A member's own record: the questions that only it can answer, and its facts, which it may correct. */
import { Fragment, type JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { DOMAINES, PROJETS } from '../../../server/domain/call.ts'
import {
  FACT_LABELS,
  type FactChange,
  MEMBER_FACTS,
  type MemberFact,
  type MemberFacts,
  valueWords,
} from '../../../server/domain/member-facts.ts'
import { CATEGORY_SUGGESTIONS } from '../../../server/domain/nomenclature.ts'
import { ErrorSummary, Field, type FieldError, Radios, Select } from '../components.tsx'
import { count } from '../format.ts'
import { Layout } from '../layout.tsx'
import { DOMAINE_WORDS, PROJET_WORDS } from '../porteur/members.tsx'
import { Help, type MemberPage } from './home.tsx'

/** A declaration with the answer that is known. */
export interface AskedAnswer {
  code: string
  title: string
  statement: string
  answer: boolean | null
  /** Who gave it, in words; null where nobody did or it was not kept. */
  source: string | null
}

interface MemberRecordProps extends MemberPage {
  esms: { id: string; name: string }
  /** As they stand, to be compared with what is sent. */
  seen: MemberFacts
  /** As the form shows them: what was typed when it was refused. */
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  /** Facts that the call needs and nobody gave. */
  missing: readonly MemberFact[]
  solutions: readonly { id: string; name: string }[]
  answers: readonly AskedAnswer[]
  /** Whether a correction applies at once. */
  isApplied: boolean
  /** Waits for the porteur. */
  waiting: readonly FactChange[]
  /** The last correction, when the porteur declined it. */
  declined: { changes: readonly FactChange[]; motive: string } | null
  /** Whether answers are confirmed by a code sent to the link's own address. */
  isConfirmed: boolean
  /** Why nothing is answered or corrected any more; null in a current grappe. */
  archivedReason: string | null
}

/** The name of an answer in the form. */
export const ownAnswerField = (code: string): string => `reponse-${code}`

export function MemberRecord(props: MemberRecordProps): JSX.Element {
  const { frame, token, esms, errors, answers, archivedReason } = props
  return (
    <Layout frame={frame} title={`Fiche de ${esms.name}`} who={props.memberName}>
      <ErrorSummary errors={errors} />
      <p>
        <a href={urlTo('memberHome', { token })}>Vos pièces</a>
      </p>
      <h1>{esms.name}</h1>
      {archivedReason === null ? (
        <>
          <p class="lead">
            Répondez ici à ce que vous seul savez, et corrigez votre fiche : la grappe est jugée sur ces
            informations.
          </p>
          {answers.length === 0 ? null : <Answers {...props} />}
          <Facts {...props} />
        </>
      ) : (
        <Kept {...props} />
      )}
      <OwnContacts token={token} />
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

/** What was said, once nothing more can be. */
function Kept({ archivedReason, seen, answers, solutions }: MemberRecordProps) {
  const wordsOf = (fact: MemberFact, value: string) =>
    fact === 'solutionId'
      ? (solutions.find(({ id }) => id === value)?.name ?? value)
      : valueWords(fact, value)
  return (
    <>
      <p class="motive">
        <strong>Votre fiche ne change plus.</strong> {archivedReason}
      </p>
      {answers.length === 0 ? null : (
        <>
          <h2>Vos réponses</h2>
          <ul>
            {answers.map(({ code, statement, answer }) => (
              <li key={code}>
                {statement} <strong>{answer === null ? 'Sans réponse.' : answer ? 'Oui.' : 'Non.'}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>Votre fiche</h2>
      <dl class="facts">
        {MEMBER_FACTS.map(fact => (
          <Fragment key={fact}>
            <dt>{FACT_LABELS[fact]}</dt>
            <dd>{seen[fact] === null ? 'non renseigné' : wordsOf(fact, seen[fact])}</dd>
          </Fragment>
        ))}
      </dl>
    </>
  )
}

export const OwnContacts = ({ token }: { token: string }): JSX.Element => (
  <section aria-labelledby="contacts">
    <h2 id="contacts">Vos contacts</h2>
    <p>
      <a href={urlTo('memberContacts', { token })}>Voir et changer qui reçoit les messages</a>
    </p>
  </section>
)

function Answers({ token, esms, answers, isConfirmed, errors }: MemberRecordProps) {
  const open = answers.filter(({ answer }) => answer === null).length
  return (
    <form
      method="post"
      action={urlTo('memberAnswers', { token, esms: esms.id })}
      class="card"
      aria-labelledby="questions"
      novalidate
    >
      <h2 id="questions">{open === 0 ? 'Vos réponses' : `${count(open, 'question')} sans réponse`}</h2>
      <p>Répondez « oui » quand la phrase est vraie pour {esms.name}, « non » quand elle ne l’est pas.</p>
      {answers.map(({ code, title, statement, answer, source }) => (
        <Radios
          key={code}
          name={ownAnswerField(code)}
          legend={statement}
          hint={source === null ? title : `${title}. ${source}.`}
          value={answer === null ? '' : answer ? 'oui' : 'non'}
          choices={[
            { value: 'oui', label: 'Oui' },
            { value: 'non', label: 'Non' },
          ]}
          short
          errors={errors}
        />
      ))}
      {isConfirmed ? (
        <p>Un code envoyé à votre adresse confirmera que c’est bien vous qui répondez.</p>
      ) : null}
      <button type="submit">Envoyer mes réponses</button>
    </form>
  )
}

const choicesOf = <Code extends string>(codes: readonly Code[], words: Readonly<Record<Code, string>>) =>
  codes.map(code => ({ value: code, label: words[code] }))

function Facts(props: MemberRecordProps) {
  const { token, esms, values, errors, missing, seen } = props
  const field = (name: MemberFact) => ({
    name,
    label: FACT_LABELS[name],
    value: values[name] ?? '',
    errors,
    ...(missing.includes(name) ? { hint: 'À compléter : l’appel en dépend.' } : {}),
  })
  return (
    <form
      method="post"
      action={urlTo('memberRecord', { token, esms: esms.id })}
      class="card"
      aria-labelledby="fiche"
      novalidate
    >
      <h2 id="fiche">Votre fiche</h2>
      <Waiting {...props} />
      <input type="hidden" name="seen" value={JSON.stringify(seen)} />
      <Field {...field('name')} />
      <Field {...field('finess')} optional width="short" />
      <Field {...field('categorie')} optional suggestions={CATEGORY_SUGGESTIONS} />
      <Select {...field('domaine')} choices={choicesOf(DOMAINES, DOMAINE_WORDS)} empty="À compléter" />
      <Select {...field('projet')} choices={choicesOf(PROJETS, PROJET_WORDS)} empty="À compléter" />
      <Select
        {...field('solutionId')}
        choices={props.solutions.map(({ id, name }) => ({ value: id, label: name }))}
        empty="À compléter"
      />
      <NewSolution values={values} errors={errors} />
      <Field {...field('solutionVersion')} optional width="short" />
      <Field {...field('capacite')} type="number" optional width="short" />
      <Field {...field('commune')} optional />
      <Correcting isApplied={props.isApplied} />
    </form>
  )
}

/** What becomes of what is sent, and the button that sends it. */
export const Correcting = ({ isApplied }: { isApplied: boolean }): JSX.Element => (
  <>
    <p>
      {isApplied
        ? 'Votre correction s’applique aussitôt, et le porteur la voit.'
        : 'Le porteur verra la différence, et l’acceptera ou vous dira pourquoi non.'}
    </p>
    <button type="submit">{isApplied ? 'Corriger ma fiche' : 'Proposer la correction'}</button>
  </>
)

/** Of a solution that nobody in the grappe named yet. */
function NewSolution({ values, errors }: Pick<MemberRecordProps, 'values' | 'errors'>) {
  const { nouveauProduit = '', nouvelEditeur = '' } = values
  return (
    <details open={nouveauProduit !== '' || nouvelEditeur !== ''}>
      <summary>Votre solution n’est pas dans la liste</summary>
      <Field
        name="nouveauProduit"
        label="Nom du produit"
        value={nouveauProduit}
        errors={errors}
        hint="Sans sa version, qui se dit plus bas. Ce que vous écrivez ici remplace le choix dans la liste."
        optional
      />
      <Field name="nouvelEditeur" label="Éditeur" value={nouvelEditeur} errors={errors} optional />
    </details>
  )
}

/** What becomes of what was sent before. */
export function Waiting({
  waiting,
  declined,
}: Pick<MemberRecordProps, 'waiting' | 'declined'>): JSX.Element | null {
  if (waiting.length > 0) {
    return (
      <div>
        <p>
          <strong>Votre correction attend le porteur :</strong>
        </p>
        <Changes changes={waiting} />
      </div>
    )
  }
  return declined === null ? null : (
    <div class="motive">
      <p>
        <strong>Le porteur a décliné votre correction.</strong> {declined.motive}
      </p>
      <Changes changes={declined.changes} />
    </div>
  )
}

/** Each fact before and after, in words. */
export const Changes = ({ changes }: { changes: readonly FactChange[] }): JSX.Element => (
  <ul>
    {changes.map(({ fact, words }) => (
      <li key={fact}>
        {FACT_LABELS[fact]} : <del>{words.before}</del> → <ins>{words.after}</ins>
      </li>
    ))}
  </ul>
)
