/** What the ARS answered, and the dates that follow. */
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { centsWords } from '../../../server/domain/sharing/words.ts'
import { type FollowUpShown, isOfCall, OUTCOME_WORDS, OUTCOMES } from '../../../server/domain/submission.ts'
import { Field, ProvenanceTag, Radios } from '../components.tsx'
import { ActForm, AMOUNT_HINT, amount, type FormOf, initial, REFERENCE_HINT } from './submission-form.tsx'
import type { SubmissionProps } from './submission-props.ts'

export function AwardPart(props: SubmissionProps) {
  const { award, refused } = props
  const form = 'resultat'
  const at = { props, form }
  return (
    <section aria-labelledby="resultat">
      <h2 id="resultat">Résultat</h2>
      <p>
        {award === null ? (
          'Pas encore connu.'
        ) : (
          <>
            Candidature <strong>{OUTCOME_WORDS[award.outcome]}</strong>, le {formatDay(award.on)}
            {award.cents === null ? '' : `, ${centsWords(award.cents)}`}
            {award.reference === null ? '' : `, référence « ${award.reference} »`}.
          </>
        )}
      </p>
      {props.grappe.archivedOn ? null : (
        <details class="card" open={refused?.form === form}>
          <summary>{award === null ? 'Noter le résultat' : 'Corriger le résultat'}</summary>
          <ActForm {...at}>
            <Radios
              {...initial(at, 'outcome', award?.outcome ?? '')}
              legend="La candidature est"
              choices={OUTCOMES.map(value => ({ value, label: OUTCOME_WORDS[value] }))}
              short
            />
            <Field {...initial(at, 'on', award?.on ?? '')} label="Dit le" type="date" width="short" />
            <Field
              {...initial(at, 'cents', amount(award?.cents))}
              label="Montant accordé"
              hint={AMOUNT_HINT}
              width="short"
              optional
            />
            <Field
              {...initial(at, 'reference', award?.reference ?? '')}
              label="Référence"
              hint={REFERENCE_HINT}
              optional
            />
            <p class="actions">
              <button type="submit" name="acte" value="resultat">
                Enregistrer le résultat
              </button>
              {award === null ? null : (
                <button type="submit" name="acte" value="resultat-efface" class="link">
                  Effacer : il n’est pas connu
                </button>
              )}
            </p>
          </ActForm>
        </details>
      )}
    </section>
  )
}

export function After(props: SubmissionProps) {
  const { followUps, grappe, refused } = props
  const form = 'date-nouvelle'
  return (
    <section aria-labelledby="suites">
      <h2 id="suites">Dates d’après le dépôt</h2>
      <p>
        Convention, versements, cibles d’usage : les dates que l’appel donne, et celles que vous ajoutez
        d’après ce que l’ARS vous notifie. Elles sont aussi sur la page{' '}
        <a href={urlTo('deadlines', { grappe: grappe.grappeId })}>Échéances</a> et dans l’agenda de la grappe.
      </p>
      {followUps.length === 0 ? (
        <p>Aucune : ni l’appel ni vous n’en donnez.</p>
      ) : (
        <ul class="plain">
          {followUps.map(each => (
            <li key={each.id} class="card">
              <FollowUp props={props} form={`date-${each.id}`} shown={each} />
            </li>
          ))}
        </ul>
      )}
      {grappe.archivedOn ? null : (
        <details class="card" open={refused?.form === form}>
          <summary>Ajouter une date</summary>
          <DateForm props={props} form={form} shown={null} />
        </details>
      )}
    </section>
  )
}

export function followUpWords({ dueOn, doneOn, reference, cents }: FollowUpShown): string {
  const when =
    doneOn !== null
      ? `Fait le ${formatDay(doneOn)}`
      : dueOn === null
        ? 'Attendu, jour non connu'
        : `Attendu le ${formatDay(dueOn)}`
  return (
    when +
    (cents === null ? '' : `, ${centsWords(cents)}`) +
    (reference === null ? '' : `, référence « ${reference} »`)
  )
}

function FollowUp({ props, form, shown }: FormOf & { shown: FollowUpShown }) {
  const { id, title, provenance, former, late } = shown
  const isNoted = !isOfCall(id) || shown.doneOn !== null || shown.reference !== null || shown.cents !== null
  return (
    <>
      <p>
        <strong>{title}</strong>{' '}
        {provenance === null ? null : <ProvenanceTag id={`suite-${form}`} provenance={provenance} />}
      </p>
      <p>
        {followUpWords(shown)}. {late ? <span class="etat flag">en retard</span> : null}{' '}
        {former ? <span class="muted">L’appel ne donne plus cette date.</span> : null}
      </p>
      {props.grappe.archivedOn ? null : (
        <details open={props.refused?.form === form}>
          <summary>
            Noter <span class="visually-hidden">« {title} »</span>
          </summary>
          <DateForm props={props} form={form} shown={shown} />
          {isNoted ? (
            <ActForm props={props} form={form} hidden={{ date: id }}>
              <button type="submit" name="acte" value="date-retiree" class="link">
                {provenance === null ? 'Retirer' : 'Effacer ce qui en est noté'}{' '}
                <span class="visually-hidden">« {title} »</span>
              </button>
            </ActForm>
          ) : null}
        </details>
      )}
    </>
  )
}

function DateForm({ props, form, shown }: FormOf & { shown: FollowUpShown | null }) {
  const at = { props, form }
  const ofCall = shown !== null && shown.provenance !== null
  return (
    <ActForm {...at} hidden={shown === null ? {} : { date: shown.id }}>
      {ofCall ? null : (
        <Field
          {...initial(at, 'title', shown?.title ?? '')}
          label="De quoi s’agit-il"
          hint="Par exemple : convention signée, versement reçu, cible d’usage."
        />
      )}
      {shown?.dayOfCall ? null : (
        <Field
          {...initial(at, 'dueOn', shown?.dueOn ?? '')}
          label="Attendu le"
          type="date"
          width="short"
          optional
        />
      )}
      <Field
        {...initial(at, 'doneOn', shown?.doneOn ?? '')}
        label="Fait le"
        type="date"
        width="short"
        optional
      />
      <Field
        {...initial(at, 'cents', amount(shown?.cents))}
        label="Montant"
        hint={AMOUNT_HINT}
        width="short"
        optional
      />
      <Field
        {...initial(at, 'reference', shown?.reference ?? '')}
        label="Référence"
        hint={REFERENCE_HINT}
        optional
      />
      <p class="actions">
        <button type="submit" name="acte" value="date" class="secondary">
          {shown === null ? 'Ajouter cette date' : 'Enregistrer'}
        </button>
      </p>
    </ActForm>
  )
}
