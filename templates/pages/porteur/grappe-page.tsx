/** The frame of a page about one grappe: its tabs, its title, the call that it answers. */
import type { ComponentChildren, JSX } from 'preact'
import { ErrorSummary, FictionalTag, type FieldError } from '../components.tsx'
import { Layout, type PorteurFrame, type ScriptName } from '../layout.tsx'
import { GrappeNav, type GrappeTab } from './grappe-nav.tsx'

/** What every page says of the grappe that it is about. */
export interface GrappeTitle {
  grappeId: string
  grappeName: string
  call: { title: string; fictional: boolean }
}

interface GrappePageProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  tab: GrappeTab
  title: string
  errors?: readonly FieldError[]
  wide?: boolean
  scripts?: readonly ScriptName[]
  children: ComponentChildren
}

export function GrappePage(props: GrappePageProps): JSX.Element {
  const { frame, grappe, tab, title, errors = [], wide = false, scripts = [], children } = props
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`${title} — ${grappe.grappeName}`}
      wide={wide}
      scripts={scripts}
      banner={<GrappeNav grappeId={grappe.grappeId} grappeName={grappe.grappeName} current={tab} />}
    >
      <ErrorSummary errors={errors} />
      <h1>{title}</h1>
      <p class="muted">
        Appel : {grappe.call.title} {grappe.call.fictional ? <FictionalTag /> : null}
      </p>
      {children}
    </Layout>
  )
}
