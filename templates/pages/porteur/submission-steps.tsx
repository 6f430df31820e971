/** The steps of the deposit, ticked one by one. */
import { formatDay } from '../../../server/domain/deadline.ts'
import type { DoneStep } from '../../../server/domain/submission.ts'
import { Field } from '../components.tsx'
import { moment } from '../format.ts'
import { ActForm, type FormOf, initial, REFERENCE_HINT } from './submission-form.tsx'
import type { SubmissionProps } from './submission-props.ts'

export function Steps(props: SubmissionProps) {
  const { checklist } = props
  const next = checklist.steps.findIndex(({ done }) => done === null)
  return (
    <section aria-labelledby="etapes">
      <h2 id="etapes">Étapes du dépôt</h2>
      <ol class="plain">
        {checklist.steps.map(({ step, done }, rank) => (
          <li key={step} class="card">
            <h3>
              {rank + 1}. {step}
            </h3>
            {done !== null ? (
              <Done props={props} form={`etape-${rank}`} done={done} />
            ) : props.grappe.archivedOn ? (
              <p>À faire.</p>
            ) : (
              <details open={rank === next || props.refused?.form === `etape-${rank}`}>
                <summary>
                  À faire : cocher <span class="visually-hidden">« {step} »</span>
                </summary>
                <TickForm props={props} form={`etape-${rank}`} step={step} done={null} />
              </details>
            )}
          </li>
        ))}
      </ol>
      {checklist.former.length === 0 ? null : (
        <>
          <h3>Cochées, et plus dans la liste de l’appel</h3>
          <ul class="plain">
            {checklist.former.map((done, rank) => (
              <li key={done.step} class="card">
                <p>
                  <strong>{done.step}</strong>
                </p>
                <Done props={props} form={`ancienne-${rank}`} done={done} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function TickForm({ props, form, step, done }: FormOf & { step: string; done: DoneStep | null }) {
  // What was typed of another step stays out of this one, even where the call's list has changed meanwhile.
  const own = props.refused?.values.etape === step ? props : { ...props, refused: null }
  const at = { props: own, form }
  return (
    <ActForm {...at} hidden={{ etape: step }}>
      <Field {...initial(at, 'on', done?.on ?? props.today)} label="Fait le" type="date" width="short" />
      <Field
        {...initial(at, 'reference', done?.reference ?? '')}
        label="Référence"
        hint={REFERENCE_HINT}
        optional
      />
      <p class="actions">
        <button type="submit" name="acte" value="etape" class="secondary">
          {done === null ? 'Cocher' : 'Corriger'} <span class="visually-hidden">« {step} »</span>
        </button>
      </p>
    </ActForm>
  )
}

function Done({ props, form, done }: FormOf & { done: DoneStep }) {
  const { step, on, reference, by, at } = done
  return (
    <>
      <p>
        <span class="etat acceptee">fait</span> le {formatDay(on)}
        {reference === null ? '' : `, référence « ${reference} »`}.{' '}
        <span class="muted">
          Coché par {by}, {moment(at, props.timeZone)}.
        </span>
      </p>
      {props.grappe.archivedOn ? null : (
        <details open={props.refused?.form === form}>
          <summary>
            Corriger ou décocher <span class="visually-hidden">« {step} »</span>
          </summary>
          <TickForm props={props} form={form} step={step} done={done} />
          <ActForm props={props} form={form} hidden={{ etape: step }}>
            <button type="submit" name="acte" value="etape-annulee" class="link">
              Décocher <span class="visually-hidden">« {step} »</span>
            </button>
          </ActForm>
        </details>
      )}
    </>
  )
}
