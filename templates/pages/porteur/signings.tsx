/** Every piece that somebody has to sign, where it stands, and noting several at once. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { groupBy } from '../../../server/domain/group-by.ts'
import type { FollowedSigning } from '../../../server/domain/signing.ts'
import { Csrf, Empty, type FieldError } from '../components.tsx'
import { count, list, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { notedSentence, SIGNING_WORDS, SigningFields, type SigningValues } from '../signing.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface SigningsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  followed: readonly FollowedSigning[]
  values: SigningValues
  /** Ids of the pieces ticked. */
  ticked: readonly string[]
  errors: readonly FieldError[]
}

export function SigningsPage(props: SigningsProps): JSX.Element {
  const { frame, grappe, followed, values, errors } = props
  const at = { grappe: grappe.grappeId }
  const steps = groupBy(followed, ({ state }) => state.step)
  const told = (['a-signer', 'envoyee', 'signee', 'rendue'] as const).flatMap(step => {
    const some = steps.get(step)?.length ?? 0
    return some === 0 ? [] : [`${some} ${SIGNING_WORDS[step]}`]
  })
  return (
    <GrappePage frame={frame} grappe={grappe} tab="documents" title="Signatures" errors={errors} wide>
      <p class="lead">
        Les pièces que quelqu’un doit signer : à signer, envoyées à la signature, signées, rendues. Le membre
        le note aussi de son côté, sur la page de la pièce.
      </p>
      {followed.length === 0 ? (
        <Empty title="Aucune signature à suivre">
          <p>
            Aucune pièce attendue ne demande de signature, d’après la{' '}
            <a href={urlTo('callCopy', at)}>copie de l’appel</a>.
          </p>
        </Empty>
      ) : (
        <>
          <p>{`${count(followed.length, 'pièce')} : ${list(told)}.`}</p>
          {grappe.archivedOn ? (
            <Followed {...props} />
          ) : (
            <form method="post" action={urlTo('signings', at)}>
              <Csrf token={frame.csrf} />
              <Followed {...props} />
              <fieldset class="card">
                <legend>Pour les pièces cochées</legend>
                <SigningFields values={values} errors={errors} />
                <button type="submit">Noter pour les pièces cochées</button>
              </fieldset>
            </form>
          )}
        </>
      )}
    </GrappePage>
  )
}

function Followed({ followed, grappe, timeZone, ticked }: SigningsProps) {
  return (
    <div id="pieces">
      <DataTable
        label="Pièces à signer"
        columns={['Pièce', 'Pour', 'Signataire demandé', 'Où elle en est', 'Cocher']}
        rows={followed.map(({ pieceId, pieceName, ownerName, signatory, state }) => {
          const noted = notedSentence(state, timeZone)
          const { returned } = state
          const found = state.found === 'presente' ? ' Signature électronique présente, non vérifiée.' : ''
          return {
            id: pieceId,
            cells: [
              <a key="piece" href={urlTo('piece', { grappe: grappe.grappeId, piece: pieceId })}>
                {pieceName}
              </a>,
              ownerName,
              signatory,
              <>
                <strong>{SIGNING_WORDS[state.step]}</strong>
                {returned === null
                  ? '. '
                  : ` par ${returned.depositedBy}, le ${moment(returned.depositedAt, timeZone)}. `}
                {noted}
                {found}
              </>,
              state.step === 'rendue' || grappe.archivedOn ? (
                ''
              ) : (
                <input
                  key="tick"
                  type="checkbox"
                  name="pieces"
                  value={pieceId}
                  checked={ticked.includes(pieceId)}
                  aria-label={`${pieceName}, ${ownerName}`}
                />
              ),
            ],
          }
        })}
      />
    </div>
  )
}
