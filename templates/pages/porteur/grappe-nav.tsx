/** Navigation inside one grappe: the same tabs on each of its pages. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { FictionalTag } from '../components.tsx'

const TABS = {
  board: 'Tableau',
  eligibility: 'Éligibilité',
  members: 'Membres',
  invitations: 'Liens',
  documents: 'Documents',
  deadlines: 'Échéances',
  relances: 'Relances',
  dossier: 'Dossier',
  mails: 'Messages',
  journal: 'Journal',
} as const

export type GrappeTab = keyof typeof TABS

interface GrappeNavProps {
  grappeId: string
  grappeName: string
  /** null on a page that is none of the tabs. */
  current: GrappeTab | null
  /** The call that the grappe answers, where the page says it. */
  call?: { title: string; fictional: boolean }
  hasNewCallVersion?: boolean
}

export function GrappeNav(props: GrappeNavProps): JSX.Element {
  const { grappeId, grappeName, current, call, hasNewCallVersion = false } = props
  const at = { grappe: grappeId }
  return (
    <nav class="tabs" aria-label="Grappe">
      <div class="wrap">
        <p class="tabs-title">
          {grappeName}{' '}
          <a class="optional" href={urlTo('grappeSettings', at)}>
            Réglages
          </a>
          {call === undefined ? null : (
            <>
              {' '}
              <a class="optional" href={urlTo('callCopy', at)}>
                {call.title}
              </a>{' '}
              {call.fictional ? <FictionalTag /> : null}
              {hasNewCallVersion ? (
                <>
                  {' '}
                  <a href={urlTo('callVersion', at)}>nouvelle version de l’appel : voir ce qui change</a>
                </>
              ) : null}
            </>
          )}
        </p>
        <ul>
          {(Object.keys(TABS) as GrappeTab[]).map(tab => (
            <li key={tab}>
              <a href={urlTo(tab, at)} {...(tab === current ? { 'aria-current': 'page' as const } : {})}>
                {TABS[tab]}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  )
}
