/** Remembers what a document told when it was handed out, whoever downloaded it. */
import { and, desc, eq, inArray, isNull } from 'drizzle-orm'
import { storedHandOut } from '../../../schema/contracts/hand-outs.ts'
import { handOuts } from '../../../schema/tables.ts'
import { isSameTelling, keptFacts } from '../../domain/kit/changed-facts.ts'
import type { PrintedFacts } from '../../domain/kit/print.ts'
import type { KitOwner } from '../../domain/kit/values.ts'
import type { Context } from '../ports.ts'

/** Of one owner and one model: each is another set of facts than the one before it. */
const MOST_KEPT = 30

export async function noteHandOut(
  { db, now, newId }: Pick<Context, 'db' | 'now' | 'newId'>,
  grappeId: string,
  { owner, model, told }: { owner: KitOwner; model: string; told: PrintedFacts },
): Promise<void> {
  const whose = {
    ogId: owner.scope === 'og' ? owner.id : null,
    esmsId: owner.scope === 'esms' ? owner.id : null,
  }
  const kept = await db
    .select({ id: handOuts.id })
    .from(handOuts)
    .where(
      and(
        eq(handOuts.grappeId, grappeId),
        eq(handOuts.model, model),
        whose.ogId === null ? isNull(handOuts.ogId) : eq(handOuts.ogId, whose.ogId),
        whose.esmsId === null ? isNull(handOuts.esmsId) : eq(handOuts.esmsId, whose.esmsId),
      ),
    )
    .orderBy(desc(handOuts.firstAt), desc(handOuts.id))
  const facts = keptFacts(told)
  const at = now()
  const [last] = kept
  if (last !== undefined) {
    const [row] = await db.select().from(handOuts).where(eq(handOuts.id, last.id))
    if (row !== undefined && isSameTelling(storedHandOut(row.facts), facts)) {
      await db.update(handOuts).set({ lastAt: at }).where(eq(handOuts.id, last.id))
      return
    }
  }
  await db.insert(handOuts).values({ id: newId(), grappeId, model, ...whose, facts, firstAt: at, lastAt: at })
  const beyond = kept.slice(MOST_KEPT - 1).map(({ id }) => id)
  if (beyond.length > 0) await db.delete(handOuts).where(inArray(handOuts.id, beyond))
}
