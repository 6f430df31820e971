/** The frame of every page of the reviewer, by link or signed in. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { Csrf } from '../components.tsx'
import { type Frame, Layout, type ScriptName } from '../layout.tsx'

export interface ArsFrame extends Frame {
  /** Of the link, or the id of the grappe when signed in: what the addresses hold. */
  token: string
  /** Of the forms when signed in; null by link. */
  csrf: string | null
  /** Who reads; null by a link for which the porteur gave no address. */
  email: string | null
  /** To whom the dossier was handed, and the service as whose member one reads it; null when to oneself. */
  through: { handedTo: string; service: string } | null
  signedIn: boolean
  /** Since when the porteur has put the grappe away; null while it is current. */
  archivedOn: Day | null
}

/** Who reads, as the top of a page opened by link says it. */
export const READING_BY_LINK = 'Lecture par lien'

interface ArsLayoutProps {
  frame: ArsFrame
  title: string
  /** The sealed version shown; null when there is none. */
  version: number | null
  scripts?: readonly ScriptName[]
  children: ComponentChildren
}

export function ArsLayout({ frame, title, version, scripts = [], children }: ArsLayoutProps): JSX.Element {
  const { token, signedIn, through, archivedOn } = frame
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
      {through === null ? null : (
        <p class="hint">
          Remis à {through.handedTo} : vous le lisez comme membre du service « {through.service} ». Ce que
          vous en dites l’est en votre nom, à {frame.email}.
        </p>
      )}
      {archivedOn === null ? null : (
        <p class="motive">
          <strong>Grappe archivée par son porteur depuis le {formatDay(archivedOn)}.</strong> Tout reste
          lisible et téléchargeable ; plus rien ne peut y être déposé, ni aucun complément demandé.
        </p>
      )}
      {children}
    </Layout>
  )
}

/** The forgery token of a form, when it needs one. */
export const ArsCsrf = ({ frame }: { frame: ArsFrame }): JSX.Element | null =>
  frame.csrf === null ? null : <Csrf token={frame.csrf} />

/**
 * What whoever reads by the link has to know before it speaks for the ARS; nothing once signed in.
 *
 * @param children the forms, which a link without an address does not have.
 */
export function ArsActs({ frame, children }: { frame: ArsFrame; children: ComponentChildren }): JSX.Element {
  if (frame.email === null) {
    return (
      <p class="hint">
        Ce lien n’a été remis à aucune adresse e-mail : il permet de lire, pas de parler au nom de l’ARS.
        Demandez au porteur de remettre le dossier à votre adresse.
      </p>
    )
  }
  return (
    <>
      {frame.signedIn ? null : (
        <p class="hint">
          À votre premier acte, un code vous sera envoyé à {frame.email} : le porteur a une copie de ce lien,
          il ne peut pas parler à votre place.
        </p>
      )}
      {children}
    </>
  )
}

/** The address of a piece in a sealed version. */
export const arsPieceUrl = (token: string, piece: string, version: number): string =>
  `${urlTo('arsPiece', { token, piece })}?version=${version}`
