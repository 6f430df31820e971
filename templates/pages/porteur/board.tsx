/** The board of a grappe: who is missing, what, since when; then every member and every piece. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Board, BoardFilter } from '../../../server/domain/board.ts'
import type { DossierPlan } from '../../../server/domain/dossier-plan.ts'
import type { Progress } from '../../../server/domain/progress.ts'
import { Empty } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { Filters } from './board-filters.tsx'
import { BlockedPieces, Glance } from './board-glance.tsx'
import { type At, ChoiceForm, Matrix } from './board-matrix.tsx'
import { ProgressChart } from './board-progress.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'

export interface BoardView {
  grappe: GrappeTitle
  plan: DossierPlan
  board: Board
  progress: Progress
  filter: BoardFilter
  /** The same filter in an address, with its « ? »; empty when nothing is filtered. */
  query: string
  /** Of the grappe, as drawn here. */
  revision: number
}

export function BoardPage({ frame, ...view }: BoardView & { frame: PorteurFrame }): JSX.Element {
  const { grappe, plan, board, filter, query, revision } = view
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="board"
      title="Tableau des pièces"
      wide
      scripts={['board', 'live', 'choose']}
    >
      <Live at={at} query={query} revision={revision} />
      <Situation {...view} />
      {board.esms.total === 0 ? null : (
        <Filters at={at} plan={plan} filter={filter} isFiltered={query !== ''} />
      )}
      <ChoiceForm at={at} csrf={frame.csrf} waiting={board.counts.deposee} />
      <Matrices {...view} />
      <p class="actions">
        <a class="button secondary" href={`${urlTo('boardCsv', at)}${query}`} download data-follows-filters>
          Exporter ces lignes (CSV)
        </a>
        <a class="button secondary" href={urlTo('dossierXlsx', at)} download>
          Exporter le classeur (Excel)
        </a>
      </p>
    </GrappePage>
  )
}

/** What changes while people deposit: the parts of the page, without what is typed and chosen in it. */
export function BoardFragment(view: BoardView): JSX.Element {
  return (
    <div>
      <Situation {...view} />
      <Matrices {...view} />
    </div>
  )
}

/** Without its script, a link; with it, news as they come. */
function Live({ at, query, revision }: { at: At; query: string; revision: number }) {
  return (
    <div
      class="live"
      data-live={urlTo('boardEvents', at)}
      data-fragment={urlTo('boardFragment', at)}
      data-revision={revision}
    >
      <a class="button secondary" href={`${urlTo('board', at)}${query}`} data-follows-filters>
        Actualiser
      </a>
      <button type="button" class="secondary" hidden data-live-pause>
        Mettre le suivi en pause
      </button>
      <p role="status" data-live-state />
      <p role="status" data-live-news />
    </div>
  )
}

/** Replaced as a whole when any of it changes. */
const Part = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div data-part={name}>{children}</div>
)

function Situation({ grappe, plan, board, progress }: BoardView) {
  const at = { grappe: grappe.grappeId }
  return (
    <>
      <Part name="vue">
        <Glance at={at} plan={plan} board={board} />
      </Part>
      <Part name="situation">
        {board.esms.total === 0 ? (
          <Empty title="Aucun membre pour l’instant">
            <p>Ajoutez vos établissements et services : leurs pièces attendues apparaîtront ici.</p>
            <p>
              <a class="button" href={urlTo('members', at)}>
                Ajouter des membres
              </a>
            </p>
          </Empty>
        ) : (
          <div class="situation">
            <BlockedPieces at={at} blocked={board.blocked} />
            <ProgressChart progress={progress} />
          </div>
        )}
      </Part>
    </>
  )
}

function Matrices({ grappe, board }: BoardView) {
  const at = { grappe: grappe.grappeId }
  const shown = board.grappe.lines.length + board.og.lines.length + board.esms.lines.length
  return (
    <>
      <Part name="vide">
        {shown === 0 && board.esms.total > 0 ? (
          <Empty title="Aucune ligne ne correspond à ces filtres">
            <p>
              <a href={urlTo('board', at)}>Afficher tout le tableau</a>
            </p>
          </Empty>
        ) : null}
      </Part>
      <Part name="esms">
        <Matrix at={at} id="esms" title="ESMS" ownerTitle="ESMS" matrix={board.esms} />
      </Part>
      <Part name="og">
        <Matrix at={at} id="og" title="Organismes gestionnaires" ownerTitle="OG" matrix={board.og} />
      </Part>
      <Part name="grappe">
        <Matrix at={at} id="grappe" title="Grappe" ownerTitle="Grappe" matrix={board.grappe} />
      </Part>
    </>
  )
}
