/**
 * Boards kept and brought up to date are the boards read whole: after every kind of act, in any order, by two
 * servers, across days.
 */
import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { grappes, journal, versions } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { addDays, closingInstant, dayOf } from '../../server/domain/deadline.ts'
import { planBoard } from '../../server/domain/dossier-plan.ts'
import { currentVersion, type Piece } from '../../server/domain/piece.ts'
import { boardOf } from '../../server/http/api/answers.ts'
import { openMemberScope } from '../../server/steps/access/member-scope.ts'
import { openPorteurScope, type PorteurScope } from '../../server/steps/access/porteur-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { grantExtension } from '../../server/steps/collection/grant-extension.ts'
import { moveDeadline } from '../../server/steps/collection/move-deadline.ts'
import { moveDeposit } from '../../server/steps/collection/move-deposit.ts'
import { addContact, contactsOfPorteur } from '../../server/steps/collection/save-contacts.ts'
import { takeOut } from '../../server/steps/collection/take-out.ts'
import { askNonApplicable } from '../../server/steps/control/ask-non-applicable.ts'
import { decideNonApplicable } from '../../server/steps/control/decide-non-applicable.ts'
import { decideOnPiece } from '../../server/steps/control/decide-on-piece.ts'
import { acceptPieces, undoAcceptance } from '../../server/steps/control/decide-on-pieces.ts'
import { scanFiles } from '../../server/steps/control/scan-files.ts'
import { writeMessage } from '../../server/steps/control/write-message.ts'
import { renameGrappe } from '../../server/steps/eligibility/rename-grappe.ts'
import { reinstateEsms, withdrawEsms } from '../../server/steps/eligibility/withdraw-esms.ts'
import type { Context } from '../../server/steps/ports.ts'
import { keptBoards, OF_ONE_PIECE } from '../../server/steps/read/kept-boards.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { readBoard } from '../../server/steps/read/read-snapshot.ts'
import { noteBytes } from '../../server/steps/read/stored-bytes.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { form, pdf } from '../support/files.ts'
import { fictionalFiness } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { speakingProgram } from '../support/reviewer.ts'
import { type S3Server, startS3 } from '../support/s3-server.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { sealVersion } from '../support/sealed.ts'

const KEY = 'une clé que tous les serveurs ont, et eux seuls'
const RANDOM_ACTS = 12

let s3: S3Server
let database: OpenDatabase
let scene: Scene
/** Acts too, and keeps boards of its own. */
let other: TestApp
/** Keeps nothing: for a board of which the clock goes back, the whole is read again. */
let plain: TestApp
let browser: PageClient
let instant = Date.parse('2026-10-24T08:00:00Z')
let reads = 0

beforeAll(async () => {
  s3 = await startS3()
  database = await openTestDatabase()
  const settings = { STORAGE_URL: s3.url, SECRET_KEY: KEY }
  scene = await openScene(settings, database)
  other = await startApp(settings, database)
  plain = await startApp(settings, database)
  pass(0)
  const closing = { piece: null, jour: '2026-12-20', dapres: 'avis de l’ARS' }
  await moveDeadline(scene.test.context, await scopeOn(scene.test.context), closing)
  browser = await signInPorteur(scene.test)
}, 240_000)
afterAll(async () => {
  for (const test of [scene.test, other, plain]) await test.close()
  await database.close()
  await s3.close()
})

function pass(seconds: number): void {
  instant += seconds * 1000
  for (const test of [scene.test, other]) test.setNow(new Date(instant).toISOString())
}

const at = () => ({ grappe: scene.grappe.grappeId })
/** Members that acts have added, in their order. */
const addedEsms: string[] = []

/** In an order that no id has a part in: the same seed chooses the same ones. */
async function pieces(): Promise<Piece[]> {
  const { grappeId, ogId, esmsIds } = scene.grappe
  const owners = [null, ogId, ...esmsIds, ...addedEsms]
  const placeOf = (piece: Piece) => owners.indexOf(piece.esmsId ?? piece.ogId)
  const all = await readPieces(scene.test.context.db, grappeId)
  return all.toSorted((a, b) => a.code.localeCompare(b.code) || placeOf(a) - placeOf(b))
}

async function scopeOn(context: Context): Promise<PorteurScope> {
  const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const scope = await openPorteurScope(context, porteur, scene.grappe.grappeId)
  if (scope === null) throw new Error('no grappe')
  return scope
}

/** What an act is given: the server on which it is done, and numbers to choose by. */
interface Turn {
  test: TestApp
  api: ApiClient
  context: Context
  scope: PorteurScope
  pick<Each>(all: readonly Each[]): Each
}

/** A piece with a deposit that counts, such that; undefined when there is none. */
async function deposited({ pick }: Turn, such: (piece: Piece) => boolean = () => true) {
  const found = (await pieces()).filter(piece => currentVersion(piece) !== null && such(piece))
  const piece = found.length === 0 ? undefined : pick(found)
  const version = piece && currentVersion(piece)
  return piece && version ? { piece, version } : undefined
}

const isUndecided = (piece: Piece) => {
  const version = currentVersion(piece)
  return version?.decision === null && version.review === null
}

async function deposit(turn: Turn, piece: Piece, names: string[]): Promise<void> {
  const bytes = await Promise.all(names.map(name => pdf(`${name} ${instant} ${piece.id}`)))
  await turn.api.upload(
    fill(API_PATHS.versions, { ...at(), piece: piece.id }),
    form(names.map((name, order) => ({ name: `${name}.pdf`, bytes: bytes[order] ?? Buffer.alloc(0) }))),
  )
}

const choiceOf = (found: Awaited<ReturnType<typeof deposited>>) => ({
  pieces: found === undefined ? [] : [{ pieceId: found.piece.id, versionId: found.version.id }],
})

let made = 0
let tokenOf: ((member: number) => Promise<string>) | undefined

const ACTS: Record<string, (turn: Turn) => Promise<unknown>> = {
  async deposit(turn) {
    await deposit(turn, turn.pick(await pieces()), ['suivi'])
  },
  async 'deposit several'(turn) {
    const own = (await pieces()).filter(({ esmsId }) => esmsId === scene.grappe.esmsIds[0])
    for (const piece of own) await deposit(turn, piece, ['lettre'])
  },
  async accept(turn) {
    const found = await deposited(turn, isUndecided)
    const body = { decision: 'acceptee', motive: null, versionId: found?.version.id ?? '' } as const
    return found && (await decideOnPiece(turn.context, turn.scope, found.piece.id, body))
  },
  async refuse(turn) {
    const found = await deposited(turn, isUndecided)
    const body = {
      decision: 'refusee',
      motive: 'Illisible « en bas »',
      versionId: found?.version.id ?? '',
    } as const
    return found && (await decideOnPiece(turn.context, turn.scope, found.piece.id, body))
  },
  async 'accept and undo'(turn) {
    const choice = choiceOf(await deposited(turn, isUndecided))
    if (choice.pieces.length === 0) return
    await acceptPieces(turn.context, turn.scope, choice)
    await same(turn.test)
    pass(1)
    await undoAcceptance(turn.context, turn.scope, choice)
  },
  async 'take out'(turn) {
    const found = await deposited(turn, isUndecided)
    const side = { by: 'porteur', porteur: turn.scope } as const
    return found && (await takeOut(turn.context, side, found.piece.id, found.version.id, null))
  },
  async 'take out one file'(turn) {
    const several = turn.scope.call.pieces.filter(each => each.severalFiles).map(({ code }) => code)
    const piece = turn.pick((await pieces()).filter(({ code }) => several.includes(code)))
    await deposit(turn, piece, ['un', 'deux'])
    const version = currentVersion((await pieces()).find(({ id }) => id === piece.id) ?? piece)
    const side = { by: 'porteur', porteur: turn.scope } as const
    return version && (await takeOut(turn.context, side, piece.id, version.id, version.files[0]?.id ?? null))
  },
  async 'file elsewhere'(turn) {
    const found = await deposited(turn, isUndecided)
    const to = turn.pick(
      (await pieces()).filter(({ id, scope }) => id !== found?.piece.id && scope === 'esms'),
    )
    return found && (await moveDeposit(turn.context, turn.scope, found.piece.id, found.version.id, to.id))
  },
  async 'declare non applicable'(turn) {
    const side = { by: 'porteur', porteur: turn.scope } as const
    return await askNonApplicable(turn.context, side, turn.pick(await pieces()).id, 'Vu au téléphone')
  },
  async 'ask and answer non applicable'(turn) {
    const token = (await tokenOf?.(1)) ?? ''
    const member = await openMemberScope(turn.context, token)
    if (!member.ok) return
    const own = (await pieces()).filter(({ esmsId }) => esmsId === scene.grappe.esmsIds[1])
    let answered = 0
    for (const piece of own) {
      const asked = await askNonApplicable(
        turn.context,
        { by: 'member', member: member.value },
        piece.id,
        `Sans objet ${made++}`,
      )
      await same(turn.test)
      if (!asked.ok) continue
      pass(1)
      await decideNonApplicable(turn.context, turn.scope, piece.id, {
        requestId: asked.value.id,
        ...(answered++ % 2 === 0
          ? { decision: 'refusee', motive: 'Elle vous concerne' }
          : { decision: 'confirmee', motive: null }),
      })
      await same(turn.test)
      pass(1)
      await deposit(turn, piece, ['malgré tout'])
    }
  },
  async write(turn) {
    const side = { by: 'porteur', porteur: turn.scope } as const
    const theirs = (await pieces()).filter(({ scope }) => scope !== 'grappe')
    return await writeMessage(turn.context, side, turn.pick(theirs).id, `Bonjour ${made++}`)
  },
  async 'damage and mend'(turn) {
    const sha256 = (await deposited(turn))?.version.files[0]?.sha256
    if (sha256 === undefined) return
    await noteBytes(turn.context, sha256, false)
    await same(turn.test)
    pass(1)
    await noteBytes(turn.context, sha256, true)
  },
  async scan(turn) {
    const antivirus = { scan: async () => ({ scan: 'sain' as const }) }
    return await scanFiles({ ...turn.context, antivirus })
  },
  async 'find a virus'(turn) {
    await ACTS.scan?.(turn)
    await deposit(turn, turn.pick(await pieces()), ['cheval'])
    const antivirus = { scan: async () => ({ scan: 'infecte' as const, virus: 'Essai' }) }
    return await scanFiles({ ...turn.context, antivirus })
  },
  async 'add a member'({ api }) {
    const added = await api.call<{ id: string }>('POST', fill(API_PATHS.allEsms, at()), {
      name: `SAAD n° ${++made}`,
      finess: fictionalFiness(100 + made),
      ogId: scene.grappe.ogId,
      domaine: 'PA',
      projet: 'acquisition',
      contactEmail: `saad${made}@exemple.fr`,
    })
    addedEsms.push(added.body.id)
  },
  async 'rename a member, change its contact'({ api, pick }) {
    const order = pick([0, 1, 2, 3])
    await api.call('PUT', fill(API_PATHS.esms, { ...at(), esms: scene.grappe.esmsIds[order] ?? '' }), {
      name: `EHPAD « ${++made} »`,
      finess: fictionalFiness(order + 1),
      ogId: scene.grappe.ogId,
      domaine: pick(['PA', 'PH', null]),
      projet: 'acquisition',
      contactEmail: `nouveau${made}@exemple.fr`,
    })
  },
  async 'take a member away, then back'(turn) {
    const esms = scene.grappe.esmsIds[3] ?? ''
    await withdrawEsms(turn.context, turn.scope, esms, 'Il rejoint une autre grappe')
    await same(turn.test)
    pass(1)
    await reinstateEsms(turn.context, turn.scope, esms)
  },
  async 'add a contact'({ context, scope, pick }) {
    const owner = { kind: 'esms', id: pick(scene.grappe.esmsIds) } as const
    const body = { name: `Claire ${++made}`, email: `claire${made}@exemple.fr`, phone: null }
    return await addContact(context, contactsOfPorteur(scope), owner, body)
  },
  async 'move a last day'({ context, scope, pick }) {
    const jour = addDays(dayOf(context.now().toISOString(), scope.call.timeZone), pick([-1, 0, 1, 20]))
    const piece = pick(scope.call.pieces).code
    return await moveDeadline(context, scope, { piece, jour, dapres: 'avis de l’ARS' })
  },
  async 'grant more time'({ context, scope, pick }) {
    const jour = addDays(dayOf(context.now().toISOString(), scope.call.timeZone), pick([1, 30]))
    const membre = { kind: 'esms', id: pick(scene.grappe.esmsIds) } as const
    return await grantExtension(context, scope, { membre, piece: null, jour, motif: 'Travaux' })
  },
  async rename({ context, scope }) {
    return await renameGrappe(context, scope, { name: `Grappe ${++made}`, seen: null })
  },
  async 'seal, find conforming, take that back'(turn) {
    await deposit(turn, turn.pick(await pieces()), ['de plus'])
    await same(turn.test)
    const { version: number } = await sealVersion(turn.test, turn.api, scene.grappe.grappeId)
    await same(turn.test)
    const handed = await turn.api.call<{ address: string }>('POST', fill(API_PATHS.links, at()), {
      label: 'ARS',
      email: `ars${++made}@exemple.fr`,
    })
    const token = handed.body.address.split('/').at(-1) ?? ''
    const reviewer = await speakingProgram(turn.test, token)
    const found = await deposited(turn, piece => currentVersion(piece)?.decision !== 'refusee')
    const url = fill(API_PATHS.arsConforming, { number: String(number), piece: found?.piece.id ?? '' })
    pass(1)
    await reviewer.call('POST', url)
    await same(turn.test)
    pass(1)
    await reviewer.call('DELETE', url)
  },
  async 'what no line of the journal tells'(turn) {
    const { context, pick } = turn
    await ACTS.write?.(turn)
    await same(turn.test)
    const { id } = pick((await pieces()).filter(piece => currentVersion(piece) !== null))
    await context.db
      .update(versions)
      .set({ depositedBy: `Autre ${++made}` })
      .where(eq(versions.pieceId, id))
    const next = { revision: sql`${grappes.revision} + 1` }
    await context.db.update(grappes).set(next).where(eq(grappes.id, scene.grappe.grappeId))
  },
  async 'a night, of which seconds alone pass'(turn) {
    const { timeZone } = turn.scope.call
    const closing = Date.parse(closingInstant(dayOf(new Date(instant).toISOString(), timeZone), timeZone))
    pass(Math.round((closing - instant) / 1000) - 10)
    // Both servers read the whole late in the evening, since it moved.
    await ACTS.write?.(turn)
    await same(turn.test)
    pass(20)
  },
  async 'two minutes'() {
    pass(120)
  },
}

/** Both servers answer with what a server that keeps nothing reads. */
async function same({ context }: TestApp): Promise<void> {
  const whole = await readBoard(context, scene.grappe.grappeId)
  if (whole === null) throw new Error('no board')
  const json = JSON.stringify(boardOf(planBoard(whole), whole.record.revision))
  const authorization = `Bearer ${scene.porteur.token}`
  for (const { app } of [scene.test, other]) {
    const board = await app.inject({ url: fill(API_PATHS.board, at()), headers: { authorization } })
    expect(hashOf(board.body)).toBe(hashOf(json))
  }
}

/** The same of their pages. */
async function samePages(names: ReadonlyArray<'board' | 'dossier'>): Promise<void> {
  plain.setNow(new Date(instant - ++reads).toISOString())
  const drawn = async ({ app }: TestApp, url: string) => {
    const { statusCode, body } = await app.inject({ url, headers: { cookie: browser.cookieHeader() } })
    expect(statusCode).toBe(200)
    return body.replaceAll(/name="csrf" value="[^"]*"/g, '')
  }
  for (const name of names) {
    const url = urlTo(name, at())
    const whole = await drawn(plain, url)
    for (const test of [scene.test, other]) expect(await drawn(test, url)).toBe(whole)
  }
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

it('after any acts, on either server, a kept board is the board read whole', async () => {
  const tokens = new Map<number, string>()
  tokenOf = async member => {
    const token = tokens.get(member) ?? (await scene.at(member)).token
    tokens.set(member, token)
    return token
  }
  const { context } = scene.test
  const watched = keptBoards(context)
  let before = await watched.read(scene.grappe.grappeId)
  const counts = { broughtUp: 0, whole: 0 }
  const names = Object.keys(ACTS)
  const [shuffled = [], seeds = []] = fc.sample(
    fc.tuple(
      fc.shuffledSubarray(names, { minLength: names.length }),
      fc.array(fc.record({ act: fc.constantFrom(...names), chance: fc.nat() }), {
        minLength: RANDOM_ACTS,
        maxLength: RANDOM_ACTS,
      }),
    ),
    { numRuns: 1, seed: Number(process.env.SEED ?? 15) },
  )[0] ?? [[], []]
  const acts = ['deposit several', ...shuffled, ...seeds.map(({ act }) => act)]
  for (const [order, name] of acts.entries()) {
    const chance = seeds[order % seeds.length]?.chance ?? order
    let drawn = chance + order
    const test = drawn % 3 === 0 ? other : scene.test
    pass(2)
    const turn: Turn = {
      test,
      api: test.bearer(scene.porteur.token),
      context: test.context,
      scope: await scopeOn(test.context),
      pick: all => {
        drawn = Math.imul(drawn, 1_103_515_245) + 12_345
        return all[(drawn >>> 8) % all.length] as never
      },
    }
    await ACTS[name]?.(turn)
    await same(test)
    await samePages(order % 4 === 0 ? ['board', 'dossier'] : ['board'])
    const after = await watched.read(scene.grappe.grappeId)
    const isSame = after?.board.record === before?.board.record
    const rows = new Set(before?.standing.plan.rows)
    const isBroughtUp = after?.standing.plan.rows.some(row => rows.has(row)) === true
    if (!isSame) counts[isBroughtUp ? 'broughtUp' : 'whole']++
    before = after
  }
  expect(counts.broughtUp).toBeGreaterThan(8)
  expect(counts.whole).toBeGreaterThan(8)
  const told = new Set(
    (await context.db.select({ kind: journal.kind }).from(journal)).map(({ kind }) => kind),
  )
  expect([...OF_ONE_PIECE].filter(kind => !told.has(kind))).toEqual([])
}, 300_000)
