/** The one frame of every page: head, skip link, header, main, footer. Holds no inline script or style. */
import type { ComponentChildren, JSX } from 'preact'
import { CALL_PAGES, PASSKEY_PAGES, PATHS, urlTo } from '../../schema/urls.ts'
import { Csrf } from './components.tsx'

/** What every page needs of the server, whoever opens it. */
export interface Frame {
  /** Suffix of asset addresses; changes with their content so that they can be cached for a year. */
  assetsVersion: string
  /** What has just been done, such as « Pièce acceptée. »; null otherwise. */
  notice: string | null
}

/** A page of a signed-in porteur. */
export interface PorteurFrame extends Frame {
  csrf: string
  email: string
}

export type ScriptName =
  | 'answers'
  | 'upload'
  | 'board'
  | 'live'
  | 'passkey'
  | 'choose'
  | 'condition'
  | 'copy'
  | 'seen'
  | 'picker'
  | 'piece'
  | 'resubmit'
  | 'seal'
  | 'verify'

interface LayoutProps {
  frame: Frame
  /** Names the page first, then what it belongs to. */
  title: string
  /** Shown in the header; null where nobody is signed in. */
  porteur?: PorteurFrame | null
  /** Right side of the header for people who came by a link. */
  who?: string | null
  /** Full width for pages where people compare. */
  wide?: boolean
  scripts?: readonly ScriptName[]
  /** Where a script tells that a person, not a mail scanner, opened the page. */
  seenUrl?: string | null
  /** Navigation inside a grappe, between header and main. */
  banner?: ComponentChildren
  children: ComponentChildren
}

export const assetUrl = (frame: Frame, file: string): string =>
  `${PATHS.assets}${file}?v=${encodeURIComponent(frame.assetsVersion)}`

export function Layout({
  frame,
  title,
  porteur = null,
  who = null,
  wide = false,
  scripts = [],
  seenUrl = null,
  banner,
  children,
}: LayoutProps): JSX.Element {
  return (
    <html lang="fr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} — grappe-kit`}</title>
        <link rel="icon" type="image/svg+xml" href={assetUrl(frame, 'grappe.svg')} />
        <link rel="stylesheet" href={assetUrl(frame, 'app.css')} />
        {scripts.map(name => (
          <script key={name} type="module" src={assetUrl(frame, `${name}.js`)} />
        ))}
      </head>
      <body {...(seenUrl === null ? {} : { 'data-seen-url': seenUrl })}>
        <a class="skip" href="#contenu">
          Aller au contenu
        </a>
        <header class="top">
          <div class="wrap top-line">
            <a class="brand" href={porteur ? urlTo('grappes') : urlTo('home')}>
              <img src={assetUrl(frame, 'grappe.svg')} alt="" width="28" height="28" />
              grappe-kit
            </a>
            {porteur ? (
              <nav class="account" aria-label="Compte">
                <a href={urlTo('grappes')}>Mes grappes</a>
                <a href={CALL_PAGES.porteur.list}>Appels</a>
                <a href={urlTo('colleagues')}>Personnes</a>
                <form method="post" action={urlTo('signOut')}>
                  <Csrf token={porteur.csrf} />
                  <button class="link" type="submit" title={`Connecté avec ${porteur.email}`}>
                    Se déconnecter
                  </button>
                </form>
              </nav>
            ) : null}
            {who ? <p class="who">{who}</p> : null}
          </div>
        </header>
        {banner}
        <main id="contenu" tabindex={-1} class={wide ? 'wrap wide' : 'wrap'}>
          {frame.notice ? (
            <p class="notice" role="status">
              {frame.notice}
            </p>
          ) : null}
          {children}
        </main>
        <Foot porteur={porteur} />
      </body>
    </html>
  )
}

/** What every page ends with; a porteur also finds what programs use. */
function Foot({ porteur }: { porteur: PorteurFrame | null }) {
  return (
    <footer class="foot">
      <div class="wrap">
        <p>
          grappe-kit est un outil de porteur. Ce n’est pas un service de l’État : le dépôt officiel se fait là
          où l’appel à projets le demande.
        </p>
        <ul class="foot-links">
          <li>
            <a href={urlTo('personalData')}>Données personnelles</a>
          </li>
          {porteur ? <PorteurLinks /> : null}
        </ul>
      </div>
    </footer>
  )
}

function PorteurLinks(): JSX.Element {
  const links = [
    [urlTo('sessions'), 'Mes sessions'],
    [urlTo('spaces'), 'Changer d’espace'],
    [urlTo('digests'), 'Résumés par e-mail'],
    [PASSKEY_PAGES.porteur.list, 'Clés d’accès'],
    [urlTo('apiAccess'), 'Accès API'],
    [urlTo('apiDocs'), 'Documentation de l’API'],
  ] as const
  return (
    <>
      {links.map(([address, words]) => (
        <li key={address}>
          <a href={address}>{words}</a>
        </li>
      ))}
    </>
  )
}
