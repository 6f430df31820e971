/** Two instances of the server on one PostgreSQL, at the same moment on the same person. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, eq, isNull } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { links, mails } from '../../schema/tables.ts'
import { openPostgresql } from '../../server/adapters/database.ts'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { listPeople } from '../../server/steps/access/people.ts'
import { openPorteurScope, type PorteurScope } from '../../server/steps/access/porteur-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { inviteAllMembers, invitePerson } from '../../server/steps/collection/invite-members.ts'
import { reissueLink } from '../../server/steps/collection/reissue-link.ts'
import { createGrappe } from '../../server/steps/eligibility/create-grappe.ts'
import { saveEsms } from '../../server/steps/eligibility/save-esms.ts'
import { saveOg } from '../../server/steps/eligibility/save-og.ts'
import { type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'
import { shareStore } from './shared-store.ts'

const ROUNDS = 20
const EMAIL = 'contact@exemple.fr'

let server: PostgresqlServer
let instances: OpenContext[]
const folders: string[] = []

beforeAll(async () => {
  server = await startPostgresql()
  instances = []
  for (let order = 0; order < 2; order++) {
    const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-course-'))
    const [shared] = folders
    if (shared !== undefined) await shareStore(shared, folder)
    folders.push(folder)
    const config = readConfig({
      DATA_DIR: folder,
      SECRET_KEY: 'k'.repeat(43),
      DEMO: 'non',
      LOG_LEVEL: 'silent',
    })
    instances.push(await createContext(config, { database: await openPostgresql(`${server.url}/postgres`) }))
  }
}, 120_000)
afterAll(async () => {
  for (const instance of instances) await instance.close()
  await server.stop()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** A grappe with two members and one contact, as each instance sees it. */
async function newGrappe(): Promise<PorteurScope> {
  const context = first()
  const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const created = await createGrappe(context, porteur, {
    name: 'Course',
    call: 'demonstration',
    example: null,
  })
  const scope = created.ok ? await openPorteurScope(context, porteur, created.value.grappeId) : null
  if (scope === null) throw new Error('no grappe')
  const contact = { contactName: null, contactEmail: EMAIL }
  const og = await saveOg(context, scope, null, { name: 'OG', finessEj: null, porteur: true, ...contact })
  if (!og.ok) throw new Error('no OG')
  const unknown = { finess: null, domaine: null, projet: null, solutionId: null, categorie: null }
  for (const name of ['Un', 'Deux'])
    await saveEsms(context, scope, null, { name, ogId: og.value.ogId, ...unknown, ...contact })
  expect(await listPeople(context.db, scope.grappeId)).toMatchObject([{ email: EMAIL }])
  return scope
}

function first(): OpenContext {
  const [context] = instances
  if (context === undefined) throw new Error('no instance')
  return context
}

const liveLinks = (grappeId: string) =>
  first()
    .db.select()
    .from(links)
    .where(and(eq(links.grappeId, grappeId), isNull(links.revokedAt)))
const mailsOf = (grappeId: string) => first().db.select().from(mails).where(eq(mails.grappeId, grappeId))

describe('two instances at the same moment', () => {
  it(`give one link and write one mail when both invite a person (${ROUNDS} times)`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const scope = await newGrappe()
      const answers = await Promise.all(
        instances.flatMap(context => [invitePerson(context, scope, EMAIL), inviteAllMembers(context, scope)]),
      )
      expect(answers).toHaveLength(4)
      expect(await liveLinks(scope.grappeId)).toHaveLength(1)
      expect(await mailsOf(scope.grappeId)).toHaveLength(1)
    }
  }, 120_000)

  it(`leave one live link when both replace the same one, or invite meanwhile (${ROUNDS} times)`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const scope = await newGrappe()
      const invited = await invitePerson(first(), scope, EMAIL)
      if (!invited.ok) throw new Error('not invited')
      const { linkId } = invited.value
      const [reissued] = await Promise.all([
        Promise.all(instances.map(context => reissueLink(context, scope, linkId))),
        ...instances.map(context => invitePerson(context, scope, EMAIL)),
      ])
      expect(reissued.filter(({ ok }) => ok)).toHaveLength(1)
      const live = await liveLinks(scope.grappeId)
      expect(live).toHaveLength(1)
      expect(live[0]?.id).not.toBe(linkId)
      const replacements = (await mailsOf(scope.grappeId)).filter(({ subject }) =>
        subject.startsWith('Nouveau lien'),
      )
      expect(replacements).toHaveLength(1)
    }
  }, 120_000)
})
