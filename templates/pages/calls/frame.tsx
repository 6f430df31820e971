/** The frame of the pages where a call is written, for a porteur or for a reviewer who signed in. */
import type { ComponentChildren, JSX } from 'preact'
import { CALL_PAGES, type CallSide, fill, urlTo } from '../../../schema/urls.ts'
import { ErrorSummary, type FieldError } from '../components.tsx'
import { Layout, type PorteurFrame, type ScriptName } from '../layout.tsx'

export interface CallFrame extends PorteurFrame {
  side: CallSide
}

export type CallPage = keyof (typeof CALL_PAGES)['porteur']

/** The address of a page of the calls on this side. */
export const callUrl = (
  side: CallSide,
  page: CallPage,
  values: Readonly<Record<string, string>> = {},
): string => fill(CALL_PAGES[side][page], values)

/** The call that a page is about. */
export interface CallTitle {
  id: string
  title: string
}

interface CallLayoutProps {
  frame: CallFrame
  title: string
  /** The call that the page is about, to go back to; null to start one, « liste » on the list itself. */
  call: CallTitle | 'liste' | null
  /** Where the page stands in the call, such as « Pièces »; a page of that page goes back there. */
  parent?: { label: string; url: string } | null
  errors?: readonly FieldError[]
  scripts?: readonly ScriptName[]
  children: ComponentChildren
}

export function CallLayout(props: CallLayoutProps): JSX.Element {
  const { frame, title, parent = null, errors = [], scripts = [], children } = props
  const { side } = frame
  const isList = props.call === 'liste'
  const call = props.call === 'liste' ? null : props.call
  return (
    <Layout
      frame={frame}
      porteur={side === 'porteur' ? frame : null}
      who={side === 'ars' ? `ARS, ${frame.email}` : null}
      title={call === null ? title : `${title}, ${call.title}`}
      scripts={scripts}
    >
      <ErrorSummary errors={errors} />
      {isList && side === 'porteur' ? null : (
        <nav aria-label="Fil d’Ariane" class="crumbs">
          {side === 'ars' ? <a href={urlTo('arsDossiers')}>Dossiers remis</a> : null}
          {isList ? null : <a href={callUrl(side, 'list')}>Appels à projets</a>}
          {call === null ? null : <a href={callUrl(side, 'call', { call: call.id })}>{call.title}</a>}
          {parent === null ? null : <a href={parent.url}>{parent.label}</a>}
        </nav>
      )}
      <h1>{title}</h1>
      {children}
    </Layout>
  )
}
