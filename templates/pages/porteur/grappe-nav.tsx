/** Navigation inside one grappe: the same tabs on each of its pages. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'

const TABS = {
  board: 'Tableau',
  eligibility: 'Éligibilité',
  members: 'Membres',
  invitations: 'Liens',
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
}

export function GrappeNav({ grappeId, grappeName, current }: GrappeNavProps): JSX.Element {
  return (
    <nav class="tabs" aria-label="Grappe">
      <div class="wrap">
        <p class="tabs-title">{grappeName}</p>
        <ul>
          {(Object.keys(TABS) as GrappeTab[]).map(tab => (
            <li key={tab}>
              <a
                href={urlTo(tab, { grappe: grappeId })}
                {...(tab === current ? { 'aria-current': 'page' as const } : {})}
              >
                {TABS[tab]}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  )
}
