/** What could not be done, and what to do about it. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { type Frame, Layout } from './layout.tsx'

interface ProblemProps {
  frame: Frame
  status: number
  title: string
  /** Says what to do. */
  detail: string
  /** Of the request, as the server's log names it. */
  reference: string
}

export function Problem({ frame, title, detail, reference }: ProblemProps): JSX.Element {
  return (
    <Layout frame={frame} title={title}>
      <h1>{title}</h1>
      <p class="lead">{detail}</p>
      {detail.includes(reference) ? null : (
        <p class="muted">
          Référence à donner si vous demandez de l’aide : <code>{reference}</code>
        </p>
      )}
      <p>
        <a href={urlTo('home')}>Revenir à l’accueil</a>
      </p>
    </Layout>
  )
}
