/** The member's page before it takes out what it deposited by mistake. */
import type { JSX } from 'preact'
import type { StoredFile, Version } from '../../../server/domain/piece.ts'
import { Layout } from '../layout.tsx'
import { TakeOut } from '../take-out.tsx'
import type { MemberPage } from './home.tsx'

interface MemberTakeOutProps extends MemberPage {
  ownerName: string
  pieceName: string
  version: Version
  staying: readonly StoredFile[]
  leaving: readonly StoredFile[]
  previous: Version | null
  /** Null when all of the version goes. */
  fileId: string | null
  action: string
  backHref: string
}

export function MemberTakeOut({ frame, memberName, fileId, ...props }: MemberTakeOutProps): JSX.Element {
  return (
    <Layout frame={frame} title={`Retirer : ${props.pieceName}`} who={memberName}>
      <TakeOut {...props}>
        {fileId === null ? null : <input type="hidden" name="fichier" value={fileId} />}
      </TakeOut>
    </Layout>
  )
}
