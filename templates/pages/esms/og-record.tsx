/** The record of an OG: its own facts, which whoever answers for it may correct. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { FACT_LABELS, type FactChange, OG_FACTS, type OgFacts } from '../../../server/domain/member-facts.ts'
import { ErrorSummary, Field, type FieldError } from '../components.tsx'
import { Layout } from '../layout.tsx'
import { OgIdentityFields } from '../og-identity.tsx'
import { Help, type MemberPage } from './home.tsx'
import { Correcting, OwnContacts, Waiting } from './record.tsx'

interface OgRecordProps extends MemberPage {
  og: { id: string; name: string }
  /** As they stand, to be compared with what is sent. */
  seen: OgFacts
  /** As the form shows them: what was typed when it was refused. */
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  /** Whether a correction applies at once. */
  isApplied: boolean
  /** Waits for the porteur. */
  waiting: readonly FactChange[]
  /** The last correction, when the porteur declined it. */
  declined: { changes: readonly FactChange[]; motive: string } | null
  /** Why nothing changes any more; null while the grappe is current. */
  archivedReason: string | null
}

export function OgRecord(props: OgRecordProps): JSX.Element {
  const { frame, token, og, errors, archivedReason } = props
  return (
    <Layout frame={frame} title={`Fiche de ${og.name}`} who={props.memberName}>
      <ErrorSummary errors={errors} />
      <p>
        <a href={urlTo('memberHome', { token })}>Vos pièces</a>
      </p>
      <h1>{og.name}</h1>
      {archivedReason === null ? (
        <Facts {...props} />
      ) : (
        <p class="motive">
          <strong>Votre fiche ne change plus.</strong> {archivedReason}
        </p>
      )}
      <OwnContacts token={token} />
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

function Facts(props: OgRecordProps) {
  const { token, og, seen, values, errors } = props
  const field = (name: keyof OgFacts) => ({
    name,
    label: FACT_LABELS[name],
    value: values[name] ?? '',
    errors,
  })
  return (
    <>
      <p class="lead">
        Corrigez la fiche de votre organisme : le dossier remis à l’ARS et les modèles préremplis la
        reprennent.
      </p>
      <form
        method="post"
        action={urlTo('memberOgRecord', { token, og: og.id })}
        class="card"
        aria-labelledby="fiche"
        novalidate
      >
        <h2 id="fiche">Votre fiche</h2>
        <Waiting {...props} />
        {OG_FACTS.map(fact => (
          <input key={fact} type="hidden" name={`seen.${fact}`} value={seen[fact] ?? ''} />
        ))}
        <Field {...field('name')} />
        <Field {...field('finessEj')} optional width="short" />
        <OgIdentityFields values={values} errors={errors} />
        <Correcting isApplied={props.isApplied} />
      </form>
    </>
  )
}
