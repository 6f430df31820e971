/** The board of a grappe: who is missing, what, since when; then every member and every piece. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Board, BoardFilter } from '../../../server/domain/board.ts'
import type { BoardPlan } from '../../../server/domain/dossier-plan.ts'
import type { Progress } from '../../../server/domain/progress.ts'
import { Empty } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { DrawPart } from '../part.ts'
import { boardAddress, Counters, Filters } from './board-filters.tsx'
import { AntivirusNote, Glance } from './board-glance.tsx'
import { type At, ChoiceForm, Matrix } from './board-matrix.tsx'
import { MissingPieces } from './board-missing.tsx'
import { ProgressChart } from './board-progress.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

export interface BoardView {
  grappe: GrappeTitle
  plan: BoardPlan
  board: Board
  progress: Progress
  filter: BoardFilter
  /** Of the deposit, once a version is sealed and as long as a step is left; null otherwise. */
  toSubmit: { version: number; done: number; steps: number } | null
  /** Of the grappe, as drawn here. */
  revision: number
  part: DrawPart
}

export function BoardPage({ frame, ...view }: BoardView & { frame: PorteurFrame }): JSX.Element {
  const { grappe, plan, board, filter } = view
  const at = { grappe: grappe.grappeId }
  const address = boardAddress(at, filter)
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="board"
      title="Tableau des pièces"
      wide
      scripts={['board', 'live', 'choose']}
      beside={<Live at={at} address={address} revision={view.revision} />}
    >
      <Situation {...view} />
      {board.esms.total === 0 ? null : <Filters at={at} plan={plan} filter={filter} />}
      <Matrices {...view} />
      <ChoiceForm at={at} csrf={frame.csrf} waiting={board.counts.deposee} />
      <Details {...view} />
      <p class="actions">
        {grappe.archivedOn ? null : (
          <a class="button secondary" href={urlTo('looseFiles', at)}>
            Déposer des pièces déjà reçues
          </a>
        )}
        <a
          class="button secondary"
          href={address.replace(urlTo('board', at), urlTo('boardCsv', at))}
          download
          data-follows-filters
        >
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
      <Details {...view} />
    </div>
  )
}

/** Without its script, a link; with it, news as they come. */
function Live({ at, address, revision }: { at: At; address: string; revision: number }) {
  return (
    <div
      class="live"
      data-live={urlTo('boardEvents', at)}
      data-fragment={urlTo('boardFragment', at)}
      data-revision={revision}
    >
      <p role="status" data-live-news />
      <p role="status" data-live-state />
      <button type="button" class="link" hidden data-live-pause>
        Mettre le suivi en pause
      </button>
      <a href={address} data-follows-filters>
        Actualiser
      </a>
    </div>
  )
}

/** Replaced as a whole when any of it changes. */
const Part = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div data-part={name}>{children}</div>
)

function Situation({ grappe, plan, board, filter, toSubmit }: BoardView) {
  const at = { grappe: grappe.grappeId }
  if (board.esms.total === 0) {
    return (
      <Part name="vue">
        <Empty title="Aucun membre pour l’instant">
          <p>Ajoutez vos établissements et services : leurs pièces attendues apparaîtront ici.</p>
          <p>
            <a class="button" href={urlTo('members', at)}>
              Ajouter des membres
            </a>
          </p>
        </Empty>
      </Part>
    )
  }
  return (
    <Part name="vue">
      <Glance plan={plan} board={board} />
      {toSubmit === null || grappe.archivedOn ? null : (
        <p>
          Version {toSubmit.version} scellée, à déposer :{' '}
          {count(toSubmit.done, 'étape faite', 'étapes faites')} sur {toSubmit.steps}.{' '}
          <a href={urlTo('submission', at)}>Dépôt et suites</a>
        </p>
      )}
      <Counters at={at} plan={plan} board={board} filter={filter} />
    </Part>
  )
}

function Matrices({ grappe, board, plan: { verdict }, part }: BoardView) {
  const at = { grappe: grappe.grappeId }
  const common = { at, verdict, part }
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
        <Matrix {...common} id="esms" title="ESMS" ownerTitle="ESMS" matrix={board.esms} />
      </Part>
      <Part name="og">
        <Matrix {...common} id="og" title="Organismes gestionnaires" ownerTitle="OG" matrix={board.og} />
      </Part>
      <Part name="grappe">
        <Matrix {...common} id="grappe" title="Grappe" ownerTitle="Grappe" matrix={board.grappe} />
      </Part>
    </>
  )
}

/** Whom to call, and how far one has come. */
function Details({ grappe, plan, board, progress, part }: BoardView) {
  return (
    <Part name="situation">
      {board.esms.total === 0 ? null : (
        <div class="situation">
          <MissingPieces
            at={{ grappe: grappe.grappeId }}
            missing={board.missing}
            unsettled={board.unsettled}
            part={part}
          />
          <ProgressChart progress={progress} />
        </div>
      )}
      <AntivirusNote plan={plan} />
    </Part>
  )
}
