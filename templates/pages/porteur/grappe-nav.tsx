/** Navigation inside one grappe: the same tabs on each of its pages. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
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

/** What every page says of the grappe that it is about. */
export interface GrappeTitle {
  grappeId: string
  grappeName: string
  call: { title: string; fictional: boolean }
  /** Whether the call has a version that the grappe does not follow yet. */
  hasNewCallVersion?: boolean
  /** Since when it is put away; null, or absent, while it is current. */
  archivedOn?: Day | null
}

interface GrappeNavProps {
  grappe: GrappeTitle
  /** null on a page that is none of the tabs. */
  current: GrappeTab | null
}

export function GrappeNav({ grappe, current }: GrappeNavProps): JSX.Element {
  const { grappeId, grappeName, call, hasNewCallVersion = false } = grappe
  const at = { grappe: grappeId }
  return (
    <nav class="tabs" aria-label="Grappe">
      <div class="wrap">
        <p class="tabs-title">
          {grappeName}{' '}
          <a class="optional" href={urlTo('grappeSettings', at)}>
            Réglages
          </a>{' '}
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
