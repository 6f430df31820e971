/** The frame of a page about one grappe: its tabs, its title, the call that it answers. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { ErrorSummary, type FieldError } from '../components.tsx'
import { Layout, type PorteurFrame, type ScriptName } from '../layout.tsx'
import { GrappeNav, type GrappeTab, type GrappeTitle } from './grappe-nav.tsx'

interface GrappePageProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** null on a page that is none of the tabs. */
  tab: GrappeTab | null
  title: string
  errors?: readonly FieldError[]
  wide?: boolean
  scripts?: readonly ScriptName[]
  /** At the end of the title's line. */
  beside?: ComponentChildren
  children: ComponentChildren
}

export function ArchivedNote({ grappe }: { grappe: Pick<GrappeTitle, 'grappeId' | 'archivedOn'> }) {
  return grappe.archivedOn ? (
    <p class="motive">
      <strong>Grappe archivée depuis le {formatDay(grappe.archivedOn)}.</strong> Plus de dépôt, plus de
      relance ; tout reste lisible et téléchargeable.{' '}
      <a href={`${urlTo('grappeSettings', { grappe: grappe.grappeId })}#archive`}>Reprendre cette grappe</a>
    </p>
  ) : null
}

export function GrappePage(props: GrappePageProps): JSX.Element {
  const { frame, grappe, tab, title, errors = [], wide = false, scripts = [], beside, children } = props
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`${title} — ${grappe.grappeName}`}
      wide={wide}
      scripts={scripts}
      banner={<GrappeNav grappe={grappe} current={tab} />}
    >
      <ErrorSummary errors={errors} />
      <ArchivedNote grappe={grappe} />
      <div class="page-head">
        <h1>{title}</h1>
        {beside}
      </div>
      {children}
    </Layout>
  )
}
