/** Members of a small grappe in front of the pages, each with a link. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { documentsOf } from '../../server/domain/piece.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { type ApiClient, startApp, type TestApp } from './app.ts'
import { createTestGrappe, type TestGrappe } from './grappe.ts'
import { openBrowser, type PageClient } from './page-client.ts'

/** A grappe whose members each hold a link, on a server of its own. */
export interface Scene {
  test: TestApp
  porteur: ApiClient
  grappe: TestGrappe
  browser: PageClient
  /** Of the ESMS at that place: its address, and its piece as stored. */
  at(member: number, code?: string): Promise<{ token: string; linkId: string; url: string; pieceId: string }>
  versionsOf(member: number, code?: string): Promise<string[][]>
  /** Files that are being received, by a form or piece by piece, then files that are kept. */
  onDisk(): Promise<{ arrivals: string[]; uploads: string[]; blobs: string[] }>
}

export async function openScene(
  settings: Record<string, string> = {},
  database?: OpenDatabase,
): Promise<Scene> {
  const test = await startApp(settings, database)
  const porteur = await test.porteur()
  const grappe = await createTestGrappe(porteur, 4)
  const pieceOf = async (member: number, code: string) => {
    const pieces = await readPieces(test.context.db, grappe.grappeId)
    const piece = pieces.find(each => each.code === code && each.esmsId === grappe.esmsIds[member])
    if (piece === undefined) throw new Error(`no ${code} for member ${member}`)
    return piece
  }
  return {
    test,
    porteur,
    grappe,
    browser: openBrowser(test),
    async at(member, code = 'etat-des-lieux') {
      const invited = await porteur.call<Array<{ address: string; linkId: string }>>(
        'POST',
        fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
        { esms: grappe.esmsIds[member] },
      )
      const token = invited.body[0]?.address.split('/').at(-1) ?? ''
      const { id } = await pieceOf(member, code)
      const url = urlTo('memberPiece', { token, piece: id })
      return { token, linkId: invited.body[0]?.linkId ?? '', url, pieceId: id }
    },
    async versionsOf(member, code = 'etat-des-lieux') {
      const { versions } = await pieceOf(member, code)
      return versions.map(version => documentsOf(version).map(({ name }) => name))
    },
    async onDisk() {
      const blobsFolder = join(test.config.dataDir, 'blobs')
      const shards = await readdir(blobsFolder)
      const blobs = await Promise.all(shards.map(shard => readdir(join(blobsFolder, shard))))
      const inFolder = (name: string) => readdir(join(test.config.dataDir, name))
      return { arrivals: await inFolder('arrivees'), uploads: await inFolder('envois'), blobs: blobs.flat() }
    },
  }
}
