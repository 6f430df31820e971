/** One piece as a reviewer sees it: what was asked, the files in place, every version. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { PieceDefinition } from '../../../server/domain/call.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { DossierRow } from '../../../server/domain/dossier-plan.ts'
import type { StoredFile, Version } from '../../../server/domain/piece.ts'
import { ProvenanceTag, StateBadge } from '../components.tsx'

import { type Frame, Layout } from '../layout.tsx'
import { Preview } from '../preview.tsx'
import { Versions } from '../versions.tsx'

interface ArsPieceProps {
  frame: Frame
  token: string
  grappeName: string
  timeZone: string
  row: DossierRow
  definition: PieceDefinition
  versions: readonly Version[]
  /** Files of the current version that a browser can show, and the one shown. */
  previews: readonly StoredFile[]
  shown: StoredFile | null
  /** Whether deposits go through an antivirus. */
  antivirus: boolean
}

export function ArsPiece(props: ArsPieceProps): JSX.Element {
  const { frame, token, row, definition, versions, timeZone } = props
  return (
    <Layout
      frame={frame}
      title={`${row.pieceName}, ${row.owner.name}`}
      who="Lecture par l’ARS"
      wide
      scripts={['seen']}
      seenUrl={urlTo('arsSeen', { token })}
    >
      <p>
        <a href={urlTo('arsHome', { token })}>Dossier de {props.grappeName}</a>
      </p>
      <h1>{row.pieceName}</h1>
      <p>
        {row.owner.name} <StateBadge state={row.state} late={row.late} />
      </p>
      {row.state === 'refusee' && row.version?.motive ? (
        <p class="motive">
          <strong>Refusée par le porteur :</strong> {row.version.motive}
        </p>
      ) : null}
      <p class="lead">{definition.explanation}</p>
      <dl class="facts">
        <dt>Demande</dt>
        <dd>
          {definition.required ? 'Obligatoire' : 'Facultative'}{' '}
          <ProvenanceTag id={definition.code} provenance={definition.provenance} />
        </dd>
        <dt>Date limite</dt>
        <dd>{row.deadlineOn === null ? 'Non connue' : formatClosing(row.deadlineOn)}</dd>
        {row.owner.finess === null ? null : (
          <>
            <dt>FINESS</dt>
            <dd>{row.owner.finess}</dd>
          </>
        )}
      </dl>
      <Document {...props} />
      <section aria-labelledby="versions">
        <h2 id="versions">Versions déposées</h2>
        {versions.length === 0 ? (
          <p>Rien n’est déposé pour l’instant.</p>
        ) : (
          <Versions
            versions={versions}
            timeZone={timeZone}
            antivirus={props.antivirus}
            hrefOf={file => urlTo('arsFile', { token, file: file.id })}
          />
        )}
      </section>
    </Layout>
  )
}

function Document({ token, row, previews, shown }: ArsPieceProps) {
  if (shown === null || row.pieceId === null) return null
  const pieceUrl = urlTo('arsPiece', { token, piece: row.pieceId })
  return (
    <section aria-labelledby="document">
      <h2 id="document">Document</h2>
      {previews.length < 2 ? null : (
        <ul>
          {previews.map(file => (
            <li key={file.id}>
              {file === shown ? (
                <strong>{file.name}</strong>
              ) : (
                <a href={`${pieceUrl}?fichier=${file.id}`}>{file.name}</a>
              )}
            </li>
          ))}
        </ul>
      )}
      <Preview
        file={shown}
        src={urlTo('arsPreviewFile', { token, file: shown.id })}
        downloadHref={urlTo('arsFile', { token, file: shown.id })}
      />
    </section>
  )
}
