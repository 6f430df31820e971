/** The tags of the models, for the porteur of a grappe. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { PorteurFrame } from '../layout.tsx'
import { TagTables } from '../tag-tables.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

export function DocumentTagsPage({
  frame,
  grappe,
}: {
  frame: PorteurFrame
  grappe: GrappeTitle
}): JSX.Element {
  return (
    <GrappePage frame={frame} grappe={grappe} tab="documents" title="Balises des modèles" wide>
      <p>
        <a href={urlTo('documents', { grappe: grappe.grappeId })}>Retour aux documents</a>
      </p>
      <TagTables />
    </GrappePage>
  )
}
