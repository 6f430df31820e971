/** The proof of the deposit, and the pieces that follow it. */
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import type { OwnFollowUp } from '../../../server/domain/follow-up.ts'
import { Field, ProvenanceTag } from '../components.tsx'
import { moment } from '../format.ts'
import { ActForm, type FormOf, initial } from './submission-form.tsx'
import type { SubmissionProps } from './submission-props.ts'

type Awaited = SubmissionProps['toReceive'][number]

export function Received(props: SubmissionProps) {
  const { toReceive, grappe, refused } = props
  const form = 'piece-nouvelle'
  return (
    <section aria-labelledby="recevoir">
      <h2 id="recevoir">Preuve du dépôt et pièces d’après</h2>
      <p>
        Gardées ici avec leurs versions, hors du dossier et de ses comptes ; vous les déposez aussi après la
        clôture.
      </p>
      <ul class="plain">
        {toReceive.map(each => (
          <li key={each.pieceId} class="card">
            <Awaited props={props} form={`piece-${each.definition.code}`} awaited={each} />
          </li>
        ))}
      </ul>
      {grappe.archivedOn ? null : (
        <details class="card" open={refused?.form === form}>
          <summary>Ajouter une pièce à recevoir</summary>
          <PieceForm props={props} form={form} own={null} />
        </details>
      )}
    </section>
  )
}

function Awaited({ props, form, awaited }: FormOf & { awaited: Awaited }) {
  const { definition, pieceId, version, isEmpty, own } = awaited
  const { name, explanation, deadlineOn, provenance } = definition
  const { grappe, today } = props
  const late = version === null && deadlineOn !== null && deadlineOn < today
  return (
    <>
      <h3>
        <a href={urlTo('piece', { grappe: grappe.grappeId, piece: pieceId })}>{name}</a>{' '}
        <ProvenanceTag id={form} provenance={provenance} />
      </h3>
      {explanation === '' ? null : <p>{explanation}</p>}
      <p>
        {version === null
          ? 'Rien n’est encore déposé. '
          : `Version ${version.number}, déposée le ${moment(version.depositedAt, props.timeZone)}. `}
        {deadlineOn === null ? null : `Attendue le ${formatDay(deadlineOn)}. `}
        {late ? <span class="etat flag">en retard</span> : null}
      </p>
      {own === null || grappe.archivedOn ? null : (
        <details open={props.refused?.form === form}>
          <summary>
            Corriger {isEmpty ? 'ou retirer ' : ''}
            <span class="visually-hidden">« {name} »</span>
          </summary>
          <PieceForm props={props} form={form} own={own} />
          {isEmpty ? (
            <ActForm props={props} form={form} hidden={{ piece: own.code }}>
              <button type="submit" name="acte" value="piece-retiree" class="link">
                Retirer <span class="visually-hidden">« {name} »</span>
              </button>
            </ActForm>
          ) : null}
        </details>
      )}
    </>
  )
}

function PieceForm({ props, form, own }: FormOf & { own: OwnFollowUp | null }) {
  const at = { props, form }
  return (
    <ActForm {...at} hidden={own === null ? {} : { piece: own.code }}>
      <Field
        {...initial(at, 'name', own?.name ?? '')}
        label="Nom de la pièce"
        hint="Par exemple : convention signée, notification, justificatif de versement."
      />
      <Field {...initial(at, 'explanation', own?.explanation ?? '')} label="Ce que c’est" optional />
      <Field
        {...initial(at, 'dueOn', own?.dueOn ?? '')}
        label="Attendue le"
        type="date"
        width="short"
        optional
      />
      <p class="actions">
        <button type="submit" name="acte" value="piece" class="secondary">
          {own === null ? 'Ajouter cette pièce' : 'Enregistrer'}
        </button>
      </p>
    </ActForm>
  )
}
