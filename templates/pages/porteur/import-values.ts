/** How the import names the values of the fields that take one of a few. */
import { DOMAINES } from '../../../server/domain/call.ts'
import type { MemberField } from '../../../server/domain/member-import/columns.ts'
import { categorieLabel } from '../../../server/domain/nomenclature.ts'
import { DOMAINE_WORDS } from './members.tsx'

export function valueLabel(field: MemberField, value: string): string {
  if (field === 'type') return categorieLabel(value)
  const domaine = field === 'domaine' ? DOMAINES.find(each => each === value) : undefined
  return domaine === undefined ? value : DOMAINE_WORDS[domaine]
}
