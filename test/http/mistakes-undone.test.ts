/** Mistakes undone: what was deposited by error is taken out, chosen file by file, or filed where it belongs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, pieceAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { alertDeposits } from '../../server/steps/collection/alert-deposits.ts'
import { form, pdf } from '../support/files.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { openScene, type Scene } from '../support/scene.ts'

type PieceBody = z.infer<typeof pieceAnswer>
type Board = z.infer<typeof boardAnswer>

let scene: Scene
let member: PageClient
let porteur: PageClient
let grappe: string

beforeAll(async () => {
  scene = await openScene()
  member = openBrowser(scene.test)
  porteur = await signInPorteur(scene.test)
  grappe = scene.grappe.grappeId
})
afterAll(() => scene.test.close())

const words = (page: { html: string }) => textOf(page).replaceAll('\u00a0', ' ')

const read = async (piece: string) =>
  (await scene.porteur.call<PieceBody>('GET', fill(API_PATHS.piece, { grappe, piece }))).body

const onBoard = async (piece: string) =>
  (await scene.porteur.call<Board>('GET', fill(API_PATHS.board, { grappe }))).body.pieces.find(
    ({ pieceId }) => pieceId === piece,
  )

const named = async (...names: string[]) =>
  await Promise.all(names.map(async name => ({ name, bytes: await pdf(name) })))

/** Deposits through the form of the piece, and reads it again. */
async function deposit(url: string, names: readonly string[], kept: readonly string[] = []) {
  const data = form(await named(...names))
  for (const id of kept) data.append('garder', id)
  const answer = await member.upload(url, data)
  expect(answer.status, words(answer)).toBe(303)
  return answer
}

const namesOf = (piece: PieceBody) => piece.versions.at(-1)?.files.map(({ name }) => name)

describe('a member who deposited by mistake', () => {
  it('takes out the whole version, which stays in the history alone', async () => {
    const { url, token, pieceId } = await scene.at(0)
    await deposit(url, ['erreur.pdf'])
    const version = (await read(pieceId)).versions[0]?.id ?? ''
    const at = { token, piece: pieceId, version }
    const asked = await member.get(urlTo('memberTakeOut', at))
    expect(words(asked)).toContain('Il ne restera rien : la pièce sera de nouveau attendue.')
    // Looking at what it would do does nothing.
    expect(namesOf(await read(pieceId))).toEqual(['erreur.pdf'])

    const done = await member.submit(urlTo('memberTakeOut', at))
    const page = await member.follow(done)
    expect(words(page)).toContain('La version 1 est retirée : la pièce est de nouveau attendue.')
    expect(words(page)).toContain('Version 1, retirée')
    const after = await read(pieceId)
    expect(after).toMatchObject({ state: 'attendue', versions: [] })
    expect(after.takenOut).toMatchObject([{ number: 1, movedToPieceId: null }])
    expect(await onBoard(pieceId)).toMatchObject({ state: 'attendue', version: null })
    const journal = await porteur.get(urlTo('journal', { grappe }))
    expect(words(journal)).toContain('version 1, retirée : elle ne compte plus.')

    // The next one is numbered after it, and its receipt is still there to be read.
    await deposit(url, ['bonne.pdf'])
    expect((await read(pieceId)).versions).toMatchObject([{ number: 2 }])
    expect((await member.get(urlTo('memberReceipt', at))).status).toBe(200)
  })

  it('takes out one file: the others make a new version, and the last one takes the version along', async () => {
    const { url, token, pieceId } = await scene.at(1)
    await deposit(url, ['a.pdf', 'b.pdf'])
    const first = (await read(pieceId)).versions[0]
    const wrong = first?.files.find(({ name }) => name === 'a.pdf')?.id ?? ''
    const at = { token, piece: pieceId, version: first?.id ?? '' }
    const asked = await member.get(`${urlTo('memberTakeOut', at)}?fichier=${wrong}`)
    expect(words(asked)).toContain('Reste dans la pièce : « b.pdf ».')
    await member.submit(urlTo('memberTakeOut', at), { fichier: wrong })
    const second = await read(pieceId)
    expect(second.versions.at(-1)).toMatchObject({ number: 2 })
    expect(namesOf(second)).toEqual(['b.pdf'])
    expect(second.versions.at(-1)?.files[0]?.sha256).toBe(first?.files[1]?.sha256)

    const last = second.versions.at(-1)
    const whole = { ...at, version: last?.id ?? '' }
    await member.submit(urlTo('memberTakeOut', whole), { fichier: last?.files[0]?.id ?? '' })
    // The file that was taken out first does not come back.
    expect(await read(pieceId)).toMatchObject({ state: 'attendue', versions: [] })
  })

  it('chooses file by file what stays; a new deposit replaces all of it otherwise', async () => {
    const { url, pieceId } = await scene.at(2)
    await deposit(url, ['un.pdf', 'deux.pdf', 'trois.pdf'])
    const page = await member.get(url)
    expect(page.html).toMatch(/name="garder"/)
    expect(page.html).not.toMatch(/name="garder"[^>]* checked/)
    const stays = (await read(pieceId)).versions[0]?.files[1]?.id ?? ''
    await deposit(url, ['quatre.pdf'], [stays])
    expect(namesOf(await read(pieceId))).toEqual(['deux.pdf', 'quatre.pdf'])
    // Sent twice, as by a double click: nothing is made twice.
    const again = await deposit(url, ['quatre.pdf'], [stays])
    expect(words(await member.follow(again))).toContain('déjà déposés')
    const receipt = await member.get(again.location ?? '')
    expect(words(receipt)).toContain('1 fichier reçu')
    expect(words(receipt)).toContain('1 fichier gardé d’un dépôt précédent')
    await deposit(url, ['cinq.pdf'])
    expect(namesOf(await read(pieceId))).toEqual(['cinq.pdf'])
  })

  it('takes nothing out once the piece is decided, and is told when it came too late', async () => {
    const { url, token, pieceId } = await scene.at(3)
    await deposit(url, ['jugee.pdf'])
    const version = (await read(pieceId)).versions[0]?.id ?? ''
    await scene.porteur.call('POST', fill(API_PATHS.decision, { grappe, piece: pieceId }), {
      versionId: version,
      decision: 'refusee',
      motive: 'Signature manquante.',
    })
    const at = { token, piece: pieceId, version }
    expect((await member.get(url)).html).not.toContain(urlTo('memberTakeOut', at))
    const late = await member.submit(urlTo('memberTakeOut', at))
    expect(late.status).toBe(409)
    expect(words(late)).toContain('La version 1 est déjà contrôlée')
    expect(await read(pieceId)).toMatchObject({ state: 'refusee', takenOut: [] })

    // A newer version taken out brings the refusal back, with its motive.
    await deposit(url, ['encore.pdf'])
    const newer = (await read(pieceId)).versions.at(-1)?.id ?? ''
    expect((await member.submit(urlTo('memberTakeOut', at))).status).toBe(409)
    await member.submit(urlTo('memberTakeOut', { ...at, version: newer }))
    expect(await read(pieceId)).toMatchObject({ state: 'refusee' })
    const decided = await scene.porteur.call('POST', fill(API_PATHS.decision, { grappe, piece: pieceId }), {
      versionId: newer,
      decision: 'acceptee',
      motive: null,
    })
    expect(decided.status).toBe(409)
  })
})

describe('the porteur', () => {
  it('files a deposit where it belongs; the member of the wrong place learns nothing of the right one', async () => {
    const wrong = await scene.at(0)
    const right = await scene.at(3)
    const rightName = (await onBoard(right.pieceId))?.owner.name ?? ''
    const version = (await read(wrong.pieceId)).versions.at(-1)
    const at = { grappe, piece: wrong.pieceId, version: version?.id ?? '' }
    const esms = scene.grappe.esmsIds
    const chosen = `${urlTo('moveVersion', at)}?membre=${esms[3]}&code=etat-des-lieux`
    const nowhere = await porteur.get(`${urlTo('moveVersion', at)}?membre=${esms[3]}&code=mandat`)
    expect(nowhere.status).toBe(422)
    const asked = await porteur.get(chosen)
    expect(words(asked)).toContain(`de ${rightName} ?`)
    expect(words(asked)).toContain('Elle y remplace la version 1, qui reste dans l’historique.')
    const moved = await porteur.follow(
      await porteur.submit(urlTo('moveVersion', at), { vers: right.pieceId }),
    )
    expect(words(moved)).toContain('Dépôt déplacé : c’est maintenant la version 3')

    const there = await read(right.pieceId)
    expect(there).toMatchObject({ state: 'deposee' })
    expect(there.versions.at(-1)?.files.map(({ sha256 }) => sha256)).toEqual(
      version?.files.map(({ sha256 }) => sha256),
    )
    expect(await read(wrong.pieceId)).toMatchObject({
      state: 'attendue',
      takenOut: [{ number: 1 }, { number: 2, movedToPieceId: right.pieceId }],
    })
    const history = await member.get(wrong.url)
    expect(words(history)).toContain('classée dans une autre pièce, par le porteur')
    expect(history.html).not.toContain(rightName)
    const before = await porteur.get(urlTo('piece', { grappe, piece: wrong.pieceId }))
    expect(words(before)).toContain(`de ${rightName}`)
  })

  it('is not alerted of what was taken out', async () => {
    const { url, token, pieceId } = await scene.at(1)
    await deposit(url, ['vite-retire.pdf'])
    const version = (await read(pieceId)).versions.at(-1)?.id ?? ''
    await member.submit(urlTo('memberTakeOut', { token, piece: pieceId, version }))
    scene.test.setNow(new Date(scene.test.context.now().getTime() + 3_600_000).toISOString())
    await alertDeposits(scene.test.context)
    const alert = (await readOutbox(scene.test.context)).find(({ subject }) => /dépôt/i.test(subject))
    expect(alert?.text).not.toContain(`version ${(await read(pieceId)).takenOut.at(-1)?.number} `)
  })
})

describe('the same bytes twice', () => {
  it('are pointed out to the member among its own pieces, and to the porteur by name', async () => {
    const og = await scene.porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe }),
      { og: scene.grappe.ogId },
    )
    const token = og.body[0]?.address.split('/').at(-1) ?? ''
    const one = await scene.at(0)
    const two = await scene.at(1)
    const twoName = (await onBoard(two.pieceId))?.owner.name ?? ''
    await deposit(urlTo('memberPiece', { token, piece: one.pieceId }), ['meme.pdf'])
    const answer = await deposit(urlTo('memberPiece', { token, piece: two.pieceId }), ['meme.pdf'])
    expect(words(await member.follow(answer))).toContain('« meme.pdf » est aussi, à l’identique, dans')
    // Its own link sees nothing of the other one.
    const alone = await member.get(one.url)
    expect(words(alone)).not.toContain('à l’identique')
    const page = await porteur.get(urlTo('piece', { grappe, piece: one.pieceId }))
    expect(words(page)).toContain(`de ${twoName}`)

    const byProgram = await scene.porteur.upload<{ sameBytes: unknown[] }>(
      fill(API_PATHS.versions, { grappe, piece: two.pieceId }),
      form(await named('meme.pdf', 'autre.pdf')),
    )
    expect(byProgram.body.sameBytes).toEqual([{ fileName: 'meme.pdf', pieceId: one.pieceId }])
  })

  it('are pointed out within one deposit', async () => {
    const { url } = await scene.at(2)
    const bytes = await pdf('double')
    const answer = await member.upload(
      url,
      form([
        { name: 'scan.pdf', bytes },
        { name: 'scan.pdf', bytes },
      ]),
    )
    const receipt = words(await member.follow(answer))
    expect(receipt).toContain('« scan.pdf » : le même contenu est plusieurs fois dans ce dépôt.')
    expect(receipt).toContain('scan.pdf (n° 2)')
  })
})
