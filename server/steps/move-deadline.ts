/** The porteur moves a day of its own copy of the call: the closing, or the last day of one piece. */
import { eq } from 'drizzle-orm'
import type { MovedDeadlineBody } from '../../schema/contracts/deadlines.ts'
import { grappes } from '../../schema/tables.ts'
import type { Call, Day } from '../domain/call.ts'
import { formatDay } from '../domain/deadline.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'
import { storedCall } from './stored-call.ts'

/** The day moves for everybody; what was granted to some stays, and never goes past the closing. */
export async function moveDeadline(
  context: Context,
  scope: PorteurScope,
  { piece: code, jour: day }: MovedDeadlineBody,
): Promise<Outcome<null>> {
  return await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    const [row] = await tx
      .select({ call: grappes.call })
      .from(grappes)
      .where(eq(grappes.id, scope.grappeId))
      .for('update')
    if (row === undefined) return refuse('not-found')
    const call = storedCall(row.call)
    const moved = code === null ? moveClosing(call, day, scope) : movePiece(call, code, day)
    if (!moved.ok) return moved
    await tx.update(grappes).set({ call: moved.value.call }).where(eq(grappes.id, scope.grappeId))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.porteur.email,
      event: moved.value.event,
    })
    return done(null)
  })
}

type Moved = Outcome<{ call: Call; event: string }>

const shown = (day: Day | null) => (day === null ? 'non connue' : formatDay(day))

/** The screens say from then on that the day is the porteur's, and keep where the earlier one came from. */
function moveClosing(call: Call, day: Day | null, { porteur }: PorteurScope): Moved {
  const { window } = call
  if (day === null) return refuseFields({ jour: 'Indiquez le jour de clôture de l’appel.' })
  if (window.opensOn !== null && day < window.opensOn) {
    return refuseFields({
      jour: `L’appel ouvre le ${formatDay(window.opensOn)} : choisissez un jour plus tardif.`,
    })
  }
  const before = `avant : ${shown(window.closesOn)}, ${window.provenance.reference}`
  return done({
    call: {
      ...call,
      window: {
        ...window,
        closesOn: day,
        provenance: {
          kind: 'carrier',
          reference: `clôture indiquée par ${porteur.email} (${before.slice(0, 200)})`,
        },
      },
    },
    event: `Clôture de l’appel : ${formatDay(day)} (avant : ${shown(window.closesOn)}).`,
  })
}

function movePiece(call: Call, code: string, day: Day | null): Moved {
  const definition = call.pieces.find(piece => piece.code === code)
  if (definition === undefined) return refuse('not-found')
  const { closesOn } = call.window
  if (day !== null && closesOn !== null && day > closesOn)
    return refuse('extension-after-closing', { closesOn })
  return done({
    call: {
      ...call,
      pieces: call.pieces.map(piece => (piece.code === code ? { ...piece, deadlineOn: day } : piece)),
    },
    event: `Dernier jour de « ${definition.name} » : ${day === null ? 'celui de l’appel' : formatDay(day)} (avant : ${definition.deadlineOn === null ? 'celui de l’appel' : formatDay(definition.deadlineOn)}).`,
  })
}
