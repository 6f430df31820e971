/** The governance of a grappe: its page, and the form of each of its parts. */
import type { FastifyPluginAsync } from 'fastify'
import {
  governanceContract,
  knownRisksContract,
  meetingsProposalContract,
} from '../../../../schema/contracts/governance.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { GovernancePage } from '../../../../templates/pages/porteur/governance.tsx'
import { GovernancePartPage } from '../../../../templates/pages/porteur/governance-part.tsx'
import { FICHE_IDENTITE } from '../../../domain/forms/models.ts'
import {
  GOVERNANCE_PARTS,
  type GovernanceChange,
  type GovernancePart,
  isList,
  valuesOf,
} from '../../../domain/governance/governance.ts'
import { identityOf } from '../../../domain/governance/identity.ts'
import { PART_WORDS } from '../../../domain/governance/words.ts'
import { modelOfPiece } from '../../../domain/kit/models.ts'
import { addKnownRisks, keepGovernance, proposeMeetings } from '../../../steps/eligibility/keep-governance.ts'
import type { Context } from '../../../steps/ports.ts'
import { readTimeline } from '../../../steps/read/read-timeline.ts'
import type { Outcome } from '../../../steps/refusals.ts'
import { fieldsOfPart, type GovernanceFields, partErrors, partOfFields } from '../../governance-fields.ts'
import { problemOf } from '../../refusals.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, validId } from '../request.ts'
import { porteurGuards, type RecordVisit, type SnapshotVisit } from './access.ts'
import { formStatus, proposedId } from './forms.ts'

export function governancePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onRecord, onSnapshot } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.governance, onSnapshot(showGovernance))
    app.get(PATHS.governancePart, onRecord(onPart(showPart)))
    app.post(PATHS.governancePart, protect, onRecord(onPart(keep)))
  }
}

async function showGovernance({ context, scope, snapshot, reply, frame }: SnapshotVisit) {
  const { record } = snapshot
  const page = GovernancePage({
    frame: frame(),
    grappe: scope,
    governance: valuesOf(record.governance),
    identity: identityOf(record),
    ogs: record.ogs,
    timeline: await readTimeline(context, snapshot),
    cardPiece: cardPieceOf(snapshot),
  })
  return sendPage(reply, page)
}

/** The piece of which the identity card is the document, once it is asked for. */
function cardPieceOf({ record, pieces }: SnapshotVisit['snapshot']): string | null {
  const asked = record.call.pieces.filter(each => modelOfPiece(each)?.code === FICHE_IDENTITE.code)
  return pieces.find(piece => asked.some(({ code }) => code === piece.code))?.id ?? null
}

interface PartVisit extends RecordVisit {
  part: GovernancePart
}

const onPart = (handler: (visit: PartVisit) => Promise<unknown>) => (visit: RecordVisit) => {
  const { chapter } = visit.request.params as { chapter: string }
  const part = GOVERNANCE_PARTS.find(each => each === chapter)
  return part === undefined
    ? Promise.resolve(visit.refuse({ code: 'not-found' }))
    : handler({ ...visit, part })
}

/** A form refused, as it was typed. */
interface Refused {
  revision: number
  fields: GovernanceFields
  errors: readonly FieldError[]
}

async function showPart(visit: PartVisit, refused: Refused | null = null) {
  const { context, record, scope, request, reply, frame, part } = visit
  const { ligne = '' } = request.query as Record<string, string>
  const { governance, ogs } = record
  const asked = refused === null ? ligne : validId(refused.fields.id ?? '')
  const lines = isList(part) ? governance[part].value : []
  const isChange = lines.some(({ id }) => id === asked)
  const page = GovernancePartPage({
    frame: frame(),
    grappe: scope,
    part,
    governance: valuesOf(governance),
    revision: refused?.revision ?? governance[part].revision,
    ogs,
    form: {
      fields: { ...fieldsOfPart(governance, part, asked), ...refused?.fields },
      errors: refused?.errors ?? [],
    },
    line: isChange ? asked : proposedId(request, context),
    isChange,
  })
  return sendPage(reply, page, formStatus(refused?.errors ?? []))
}

const ACTS: Readonly<Record<string, (visit: PartVisit, fields: GovernanceFields) => Promise<Kept>>> = {
  'copil proposer': propose,
  'risques connus': addKnown,
}

/** What an act came to: what the next page says of it, or what is wrong in its form. */
type Kept = { notice: string } | { refused: Readonly<Record<string, string>> } | { outcome: Outcome<never> }

async function keep(visit: PartVisit) {
  const { scope, record, request, reply, part } = visit
  const fields = formFields(request)
  const act = ACTS[`${part} ${fields.acte}`] ?? write
  const kept = await act(visit, fields)
  if ('notice' in kept) {
    const list = urlTo('governancePart', { grappe: scope.grappeId, chapter: part })
    const all = `${urlTo('governance', { grappe: scope.grappeId })}#${part}`
    return goTo(reply, isList(part) ? list : all, kept.notice)
  }
  if ('refused' in kept) {
    const errors = partErrors(kept.refused, part)
    return await showPart(visit, { revision: Number(fields.seen) || 0, fields, errors })
  }
  const { outcome } = kept
  if (outcome.ok || outcome.refusal.code === 'not-found') return visit.refuse({ code: 'not-found' })
  const { detail } = problemOf(outcome.refusal)
  // The part as it is now is told above: sent again, the form replaces it knowingly.
  const { revision } = record.governance[part]
  return await showPart(visit, { revision, fields, errors: partErrors({ value: detail }, part) })
}

function ended<Value>(kept: Outcome<Value>, noticeOf: (value: Value) => string): Kept {
  if (kept.ok) return { notice: noticeOf(kept.value) }
  const { fields } = kept.refusal
  return fields === undefined ? { outcome: kept } : { refused: fields }
}

async function write({ context, scope, record, part }: PartVisit, fields: GovernanceFields): Promise<Kept> {
  const value = partOfFields(record.governance, part, fields)
  const parsed = governanceContract.safeParse({ seen: Number(fields.seen), part, value })
  if (!parsed.success) return { refused: fieldMessages(parsed.error) }
  const change = parsed.data as GovernanceChange & { seen: number }
  const words = fields.acte === 'retirer' ? 'Ligne retirée.' : `${PART_WORDS[part]} : enregistré.`
  return ended(await keepGovernance(context, scope, change), () => words)
}

const added = (count: number, word: string, none: string): string =>
  count === 0 ? none : `${count} ${word}${count > 1 ? 's ajoutés' : ' ajouté'}.`

async function propose({ context, scope }: PartVisit, fields: GovernanceFields): Promise<Kept> {
  const { seen, first = '', firstTime = '', firstPlace = '' } = fields
  const parsed = meetingsProposalContract.safeParse({
    seen: Number(seen),
    first: first.trim(),
    time: firstTime.trim() || null,
    place: firstPlace.trim() || null,
  })
  if (!parsed.success) return { refused: proposalErrors(fieldMessages(parsed.error)) }
  const kept = ended(await proposeMeetings(context, scope, parsed.data), ({ added: count }) =>
    count === 0
      ? 'Aucune réunion ajoutée : chaque mois a déjà la sienne.'
      : `${count} réunion${count > 1 ? 's ajoutées' : ' ajoutée'}.`,
  )
  return 'refused' in kept ? { refused: proposalErrors(kept.refused) } : kept
}

const proposalErrors = (refused: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(refused).map(([path, message]) => [
      path.endsWith('time') ? 'firstTime' : path.endsWith('place') ? 'firstPlace' : 'first',
      message,
    ]),
  )

async function addKnown({ context, scope }: PartVisit, fields: GovernanceFields): Promise<Kept> {
  const parsed = knownRisksContract.safeParse({ seen: Number(fields.seen) })
  if (!parsed.success) return { refused: fieldMessages(parsed.error) }
  return ended(await addKnownRisks(context, scope, parsed.data), ({ added: count }) =>
    added(count, 'risque', 'Aucun risque ajouté : ils y sont tous.'),
  )
}
