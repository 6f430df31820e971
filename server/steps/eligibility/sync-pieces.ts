/**
 * Records the pieces that a grappe has come to expect. None is ever removed: what was deposited stays in the
 * history.
 */

import { pieces } from '../../../schema/tables.ts'
import { followUpPieces } from '../../domain/follow-up.ts'
import { expectedPieces } from '../../domain/piece.ts'
import type { Database } from '../ports.ts'
import { readGrappe } from '../read/read-grappe.ts'

/** Rows a statement may carry: PostgreSQL takes 65,535 parameters, each row has six. */
const ROWS_PER_INSERT = 5_000

/** To be called in the transaction of any change to the call's copy, the OG or the ESMS. */
export async function syncPieces(tx: Database, grappeId: string, newId: () => string): Promise<void> {
  const grappe = await readGrappe(tx, grappeId)
  if (grappe === null) return
  const { call, submission } = grappe
  const definitions = [...call.pieces, ...followUpPieces(call, submission.pieces)]
  const rows = expectedPieces(definitions, grappe).map(({ definition, ogId, esmsId }) => ({
    id: newId(),
    grappeId,
    code: definition.code,
    scope: definition.scope,
    ogId,
    esmsId,
  }))
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await tx
      .insert(pieces)
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .onConflictDoNothing()
  }
}
