/** What members corrected in their own records, for the porteur to accept or decline. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import {
  type CorrectedFact,
  type CorrectionMode,
  FACT_LABELS,
  type FactChange,
} from '../../../server/domain/member-facts.ts'
import { Csrf, Empty, type FieldError, Radios, TextArea } from '../components.tsx'
import { Changes } from '../esms/record.tsx'
import { list, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

/** Whose record it is. */
interface Member {
  kind: 'og' | 'esms'
  id: string
  name: string
}

interface CorrectionsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  mode: CorrectionMode
  proposals: readonly {
    id: string
    member: Member
    proposedBy: string
    proposedAt: Instant
    changes: readonly FactChange[]
    stale: readonly CorrectedFact[]
  }[]
  /** The proposal whose decision was refused, with the motive typed. */
  refused: { id: string; motive: string; errors: readonly FieldError[] } | null
}

export const motiveField = (id: string): string => `motif-${id}`

export function Corrections({
  frame,
  grappe,
  timeZone,
  mode,
  proposals,
  refused,
}: CorrectionsProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="members"
      title="Corrections des membres"
      errors={refused?.errors ?? []}
    >
      {proposals.length === 0 ? (
        <Empty title="Aucune correction n’attend votre accord">
          <p>
            <a href={urlTo('members', at)}>Revenir aux membres</a>
          </p>
        </Empty>
      ) : null}
      {proposals.map(proposal => (
        <OneProposal key={proposal.id} {...{ frame, grappe, timeZone, refused, proposal }} />
      ))}
      <ModeForm frame={frame} grappe={grappe} mode={mode} />
    </GrappePage>
  )
}

const recordUrl = (at: { grappe: string }, { kind, id }: Member) =>
  kind === 'og' ? urlTo('editOg', { ...at, og: id }) : urlTo('editEsms', { ...at, esms: id })

function OneProposal({
  frame,
  grappe,
  timeZone,
  refused,
  proposal: { id, member, proposedBy, proposedAt, changes, stale },
}: Pick<CorrectionsProps, 'frame' | 'grappe' | 'timeZone' | 'refused'> & {
  proposal: CorrectionsProps['proposals'][number]
}) {
  const at = { grappe: grappe.grappeId }
  return (
    <section class="card" aria-labelledby={`correction-${id}`}>
      <h2 id={`correction-${id}`}>{member.name}</h2>
      <p class="muted">
        Proposée par {proposedBy}, {moment(proposedAt, timeZone)}
      </p>
      <Changes changes={changes} />
      {stale.length === 0 ? null : (
        <p class="motive">
          Changé depuis cette proposition : {list(stale.map(fact => FACT_LABELS[fact]))}. Corrigez{' '}
          <a href={recordUrl(at, member)}>sa fiche</a> vous-même, puis déclinez.
        </p>
      )}
      <form method="post" action={urlTo('decideCorrection', { ...at, proposal: id })} novalidate>
        <Csrf token={frame.csrf} />
        {stale.length > 0 ? null : (
          <p class="actions">
            <button type="submit" name="decision" value="acceptee" aria-label={`Accepter : ${member.name}`}>
              Accepter
            </button>
          </p>
        )}
        <details open={refused?.id === id}>
          <summary>Décliner</summary>
          <TextArea
            name={motiveField(id)}
            label="Motif"
            hint="Le membre le lira sur sa page."
            value={refused?.id === id ? refused.motive : ''}
            errors={refused?.errors ?? []}
          />
          <button
            type="submit"
            name="decision"
            value="refusee"
            class="secondary"
            aria-label={`Décliner : ${member.name}`}
          >
            Décliner
          </button>
        </details>
      </form>
    </section>
  )
}

function ModeForm({ frame, grappe, mode }: Pick<CorrectionsProps, 'frame' | 'grappe' | 'mode'>) {
  const at = { grappe: grappe.grappeId }
  return (
    <form method="post" action={urlTo('correctionMode', at)} class="card">
      <Csrf token={frame.csrf} />
      <Radios
        name="mode"
        legend="Quand un membre corrige sa fiche"
        value={mode}
        choices={[
          {
            value: 'proposees',
            label: 'J’accepte ou je décline chaque correction',
            hint: 'Rien ne change tant que vous n’avez pas accepté.',
          },
          {
            value: 'appliquees',
            label: 'Sa correction s’applique aussitôt',
            hint: 'L’éligibilité et les pièces demandées suivent ; le journal garde l’avant et l’après.',
          },
        ]}
        errors={[]}
      />
      <button type="submit" class="secondary">
        Enregistrer
      </button>
    </form>
  )
}
