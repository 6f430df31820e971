/** What stops a ZIP or a reading copy on its way. */
import type { DossierEntry } from '../../domain/dossier-plan.ts'
import { DamagedEntry } from '../../steps/ports.ts'

/** A deposited file that can no longer be read as it was: the ZIP stops there. The cause tells how. */
export class DamagedFile extends DamagedEntry {
  override name = 'DamagedFile'
  declare readonly entry: DossierEntry

  constructor(entry: DossierEntry, cause: unknown) {
    super(entry, cause)
    const { pieceName, ownerName, versionNumber } = entry
    this.message = `${pieceName}, ${ownerName}, version ${versionNumber}: ${this.message}`
  }
}
