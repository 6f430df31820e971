/** The porteur moves a day of its own copy of the call: the closing, or the last day of one piece. */
import { eq } from 'drizzle-orm'
import type { MovedDeadlineBody } from '../../../schema/contracts/deadlines.ts'
import { grappes } from '../../../schema/tables.ts'
import { adapt } from '../../domain/adaptation.ts'
import { type Adaptation, type Call, type CallWindow, type Day, windowOn } from '../../domain/call.ts'
import { type ChangeWords, changeWords } from '../../domain/call-changes.ts'
import { dayOf, formatDay, OPENING } from '../../domain/deadline.ts'
import type { Act } from '../../domain/journal/entry.ts'
import { report } from '../../domain/reported.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { keepCall } from '../keep-call.ts'
import type { Context } from '../ports.ts'
import { type ToConfirm, toConfirm } from '../read/preview-call.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

/** What was changed, and to what. */
export interface MovedDeadline {
  /** Of the piece; null for the call. */
  pieceName: string | null
  what: 'cloture' | 'ouverture' | 'piece'
  before: Day | null
  after: Day | null
}

/** Fields refused: `jour` and `dapres`. The day moves for everybody; what was granted to some stays. */
export async function moveDeadline(
  context: Context,
  scope: PorteurScope,
  { piece: code, jour: day, dapres: basis, seen }: MovedDeadlineBody,
): Promise<Outcome<ToConfirm | ({ kind: 'moved' } & MovedDeadline)>> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) return refuse('not-found')
  return await context.db.transaction(async tx => {
    const [row] = await tx
      .select({ call: grappes.call })
      .from(grappes)
      .where(eq(grappes.id, scope.grappeId))
      .for('update')
    if (row === undefined) return refuse('not-found')
    const call = storedCall(row.call)
    const mark = { id: context.newId(), basis, on: dayOf(context.now().toISOString(), call.timeZone) }
    const moved =
      code === null || code === OPENING
        ? moveWindow(call, code === null ? 'closesOn' : 'opensOn', day, mark)
        : movePiece(call, code, day, mark)
    if (!moved.ok) return moved
    const { call: after, words, act, told } = moved.value
    const asked = toConfirm(snapshot, { before: call, after, words }, seen)
    if (asked !== null) return done(asked)
    await keepCall(tx, scope.grappeId, after)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act,
    })
    return done({ kind: 'moved' as const, ...told })
  })
}

type Moved = Outcome<{ call: Call; words: ChangeWords; act: Act; told: MovedDeadline }>

type WindowDay = 'opensOn' | 'closesOn'

/** Why a day is what it is, as the copy keeps it. */
type Mark = Pick<Adaptation, 'id' | 'basis' | 'on'>

const NO_BASIS = refuseFields({
  dapres: 'Dites d’où vient cette date : le texte ou le message de l’ARS, son jour.',
})
const SAME_DAY = refuseFields({ jour: 'Rien ne change : c’est déjà ce jour.' })

const WINDOW_TITLES: Readonly<Record<WindowDay, string>> = {
  opensOn: 'Ouverture de l’appel',
  closesOn: 'Clôture de l’appel',
}

const dayWords = (day: Day | null) => (day === null ? 'non connue' : formatDay(day))

const MISSING_DAY: Readonly<Record<WindowDay, string>> = {
  opensOn: 'Indiquez le jour d’ouverture de l’appel.',
  closesOn: 'Indiquez le jour de clôture de l’appel.',
}

/**
 * The day is the porteur's from then on, and says so with what it was read in; back to what the call gave, it
 * is the call's again.
 */
function moveWindow(call: Call, which: WindowDay, day: Day | null, { basis, on }: Mark): Moved {
  const window = windowOn(call, on)
  const rank = call.windows.indexOf(window)
  const path = `windows.${rank}.${which}`
  const own = call.reported?.find(each => each.path === path)
  const isBack = own !== undefined && own.before === day
  if (day === null && !isBack) return refuseFields({ jour: MISSING_DAY[which] })
  if (window[which] === day) return SAME_DAY
  const moved: CallWindow = { ...window, [which]: day }
  const { opensOn, closesOn } = moved
  if (opensOn !== null && closesOn !== null && closesOn < opensOn) {
    return refuseFields({
      jour:
        which === 'closesOn'
          ? `L’appel ouvre le ${formatDay(opensOn)} : choisissez un jour plus tardif.`
          : `L’appel ferme le ${formatDay(closesOn)} : choisissez un jour plus tôt.`,
    })
  }
  const previous = call.windows[rank - 1]?.closesOn ?? null
  if (previous !== null && opensOn !== null && opensOn <= previous) {
    return refuseFields({
      jour: `La fenêtre précédente ferme le ${formatDay(previous)} : choisissez un jour plus tardif.`,
    })
  }
  const next = call.windows[rank + 1]?.opensOn ?? null
  if (next !== null && closesOn !== null && closesOn >= next) {
    return refuseFields({
      jour: `La fenêtre suivante ouvre le ${formatDay(next)} : choisissez un jour plus tôt.`,
    })
  }
  if (!isBack && basis === '') return NO_BASIS
  const before = window[which]
  const words = isBack ? {} : { basis }
  return done({
    call: report(call, path, day, { basis, on }),
    words: { title: WINDOW_TITLES[which], details: [`${dayWords(before)} → ${dayWords(day)}`] },
    act:
      which === 'closesOn'
        ? { kind: 'closing-moved', facts: { before, after: day, ...words } }
        : { kind: 'opening-moved', facts: { before, after: day, ...words } },
    told: { what: which === 'closesOn' ? 'cloture' : 'ouverture', pieceName: null, before, after: day },
  })
}

/** The piece is marked as adapted, as any change of it by the porteur: see `domain/adaptation.ts`. */
function movePiece(call: Call, code: string, day: Day | null, mark: Mark): Moved {
  const definition = call.pieces.find(piece => piece.code === code)
  if (definition === undefined) return refuse('not-found')
  const { closesOn } = windowOn(call, mark.on)
  if (day !== null && closesOn !== null && day > closesOn)
    return refuse('extension-after-closing', { closesOn })
  const wanted = call.pieces.map(piece => (piece === definition ? { ...piece, deadlineOn: day } : piece))
  const adapted = adapt(call, { ...call, pieces: wanted }, mark)
  if (adapted === null) return SAME_DAY
  if (mark.basis === '') return NO_BASIS
  const { name: pieceName, deadlineOn: before } = definition
  return done({
    call: adapted.call,
    words: changeWords(adapted.adaptation.change, call),
    act: {
      kind: 'deadline-moved',
      facts: { pieceCode: code, pieceName, before, after: day, basis: mark.basis },
    },
    told: { what: 'piece', pieceName, before, after: day },
  })
}
