/** The frame of every page of the reviewer, by link or signed in. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf } from '../components.tsx'
import { type Frame, Layout, type ScriptName } from '../layout.tsx'

export interface ArsFrame extends Frame {
  /** Of the link, or the id of the grappe when signed in: what the addresses hold. */
  token: string
  /** Of the forms when signed in; null by link. */
  csrf: string | null
  /** To whom the dossier was handed; null when the porteur gave no address. */
  email: string | null
  signedIn: boolean
}

/** Who reads, as the top of a page opened by link says it. */
export const READING_BY_LINK = 'Lecture par l’ARS'

interface ArsLayoutProps {
  frame: ArsFrame
  title: string
  /** The sealed version shown; null when there is none. */
  version: number | null
  scripts?: readonly ScriptName[]
  children: ComponentChildren
}

export function ArsLayout({ frame, title, version, scripts = [], children }: ArsLayoutProps): JSX.Element {
  const { token, signedIn } = frame
  return (
    <Layout
      frame={frame}
      title={title}
      who={signedIn ? `ARS, ${frame.email}` : READING_BY_LINK}
      wide
      scripts={['seen', ...scripts]}
      seenUrl={`${urlTo('arsSeen', { token })}${version === null ? '' : `?version=${version}`}`}
    >
      {signedIn ? (
        <p>
          <a href={urlTo('arsDossiers')}>Tous mes dossiers</a>
        </p>
      ) : null}
      {children}
    </Layout>
  )
}

/** The forgery token of a form, when it needs one. */
export const ArsCsrf = ({ frame }: { frame: ArsFrame }): JSX.Element | null =>
  frame.csrf === null ? null : <Csrf token={frame.csrf} />

/** The address of a piece in a sealed version. */
export const arsPieceUrl = (token: string, piece: string, version: number): string =>
  `${urlTo('arsPiece', { token, piece })}?version=${version}`
