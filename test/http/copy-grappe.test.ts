/** A grappe starts with the members of another: what comes along, what never does, and where that is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { sameQuestions } from '../../server/domain/declarations.ts'
import { GOVERNANCE_PARTS } from '../../server/domain/governance/governance.ts'
import { listLinks } from '../../server/steps/collection/list-links.ts'
import { listContacts } from '../../server/steps/collection/save-contacts.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { form, pdf } from '../support/files.ts'
import { hardGovernance } from '../support/governance.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { fieldOf, textOf } from '../support/page-text.ts'
import { openScene, type Scene } from '../support/scene.ts'

let scene: Scene
let porteur: PageClient
let at: { grappe: string }
beforeAll(async () => {
  scene = await openScene()
  porteur = await signInPorteur(scene.test)
  at = { grappe: scene.grappe.grappeId }
  const { url } = await scene.at(0)
  await scene.browser.upload(url, form([{ name: 'etat.pdf', bytes: await pdf('etat') }]))
  await scene.porteur.call('POST', fill(API_PATHS.contacts, at), {
    owner: { kind: 'esms', id: scene.grappe.esmsIds[1] },
    name: 'Aussi',
    email: 'aussi@exemple.fr',
  })
})
afterAll(() => scene.test.close())

const words = (page: { html: string }) => textOf(page).replaceAll('\u00a0', ' ')
const record = async (id: string) => {
  const read = await readGrappe(scene.test.context.db, id)
  if (read === null) throw new Error('the grappe is not there')
  return read
}
const ALL = ['membres', 'volets', 'solutions', 'contacts', 'places']

async function copy(fields: Record<string, string>, parts: readonly string[]) {
  const page = await porteur.get(urlTo('copyGrappe', at))
  const id = fieldOf(page, 'id') ?? ''
  const pairs = Object.entries({ id, call: 'national-2024', ...fields })
  return await porteur.submit(urlTo('copyGrappe', at), [
    ...pairs,
    ...parts.map((part): [string, string] => ['parts', part]),
  ])
}

describe('a grappe copied to another call', () => {
  it('proposes a name, takes what is ticked, and says what came along and how many', async () => {
    expect(fieldOf(await porteur.get(urlTo('copyGrappe', at)), 'name')).toBe('Grappe d’essai (copie)')
    const done = await copy({ name: 'Grappe 2024' }, ALL)
    const page = words(await porteur.follow(done))
    expect(page).toContain('Grappe « Grappe 2024 » créée à partir de « Grappe d’essai »')
    expect(page).toContain('1 OG, 4 ESMS, 5 contacts et 1 solution')
    const id = done.location?.split('/')[3] ?? ''
    const [source, copied] = [await record(at.grappe), await record(id)]
    expect(copied.call.code).toBe('national-2024')
    const facts = ({ esms }: typeof source) =>
      esms.map(({ name, finess, domaine, projet }) => ({ name, finess, domaine, projet }))
    expect(facts(copied)).toEqual(facts(source))
    expect(copied.esms.some(({ id: own }) => source.esms.some(each => each.id === own))).toBe(false)
    expect(copied.esms.every(({ solutionId }) => solutionId === copied.solutions[0]?.id)).toBe(true)
    expect(copied.porteurOgId).toBe(copied.ogs[0]?.id)
    const { context } = scene.test
    expect(
      (await listContacts(context.db, { grappeId: id, ownerIds: null })).map(({ email }) => email),
    ).toEqual(['aussi@exemple.fr'])
    expect(await listLinks(context, id)).toEqual([])
    const pieces = await readPieces(context.db, id)
    expect(pieces.length).toBeGreaterThan(0)
    expect(pieces.every(({ versions }) => versions.length === 0)).toBe(true)
    expect(copied.esms.every(({ declarations }) => Object.keys(declarations).length === 0)).toBe(true)
    expect(words(await porteur.get(urlTo('grappeSettings', { grappe: id })))).toContain(
      'Cette grappe a commencé avec les membres de Grappe d’essai',
    )
    const kinds = async (grappe: string) =>
      (
        await scene.porteur.call<Array<{ kind: string }>>('GET', fill(API_PATHS.journal, { grappe }))
      ).body.map(({ kind }) => kind)
    expect(await kinds(id)).toEqual(['grappe-created', 'grappe-copied-from'])
    expect((await kinds(at.grappe)).at(-1)).toBe('grappe-copied-to')
  })

  it('takes of the governance who does what, not what was of the other call', async () => {
    expect((await porteur.get(urlTo('copyGrappe', at))).html).not.toContain('part-gouvernance')
    const governance = hardGovernance([scene.grappe.ogId])
    for (const part of GOVERNANCE_PARTS)
      await scene.porteur.call('PUT', fill(API_PATHS.governance, at), {
        ...{ seen: 0, part, value: governance[part] },
      })
    expect((await porteur.get(urlTo('copyGrappe', at))).html).toMatch(/id="part-gouvernance"[^>]* checked/)
    const done = await copy({ name: 'Gouvernée' }, [...ALL, 'gouvernance'])
    expect(words(await porteur.follow(done))).toContain('la gouvernance')
    const { governance: copied, ogs } = await record(done.location?.split('/')[3] ?? '')
    expect(copied.identite.value).toEqual(governance.identite)
    expect(copied.roles.value.map(({ ogId }) => ogId)).toEqual([null, ogs[0]?.id])
    expect(copied.roles.value[1]?.contact).toBe('04 00 00 00 00')
    expect(new Set(copied.risques.value.map(({ state }) => state))).toEqual(new Set(['a-traiter']))
    expect([copied.copil.value, copied.facteurs.value, copied.decisions.value]).toEqual([[], {}, []])
    const alone = await copy({ name: 'Sans membres' }, ['gouvernance'])
    const { governance: roles } = await record(alone.location?.split('/')[3] ?? '')
    expect(roles.roles.value.map(({ ogId, contact }) => [ogId, contact])).toEqual([
      [null, null],
      [null, null],
    ])
    const left = await copy({ name: 'Sans gouvernance' }, ALL)
    expect((await record(left.location?.split('/')[3] ?? '')).governance.roles.value).toEqual([])
  })

  it('leaves what is not ticked, and a withdrawn member', async () => {
    const esms = scene.grappe.esmsIds[0] ?? ''
    await scene.porteur.call('POST', fill(API_PATHS.withdrawEsms, { ...at, esms }), { motive: 'Départ' })
    expect(words(await porteur.get(urlTo('copyGrappe', at)))).toContain('1 ESMS retiré reste ici seulement')
    const done = await copy({ name: 'Sans rien' }, ['membres'])
    expect(words(await porteur.follow(done))).toContain('1 ESMS retiré n’est pas repris.')
    const copied = await record(done.location?.split('/')[3] ?? '')
    expect(copied.solutions).toEqual([])
    expect(copied.esms.map(({ projet, solutionId }) => [projet, solutionId])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ])
    expect([...copied.contacts.values()].every(({ contactEmail }) => contactEmail === null)).toBe(true)
  })

  it('is made once by a form sent twice, asks a closed call for its dates, and keeps what was typed', async () => {
    const closed = await copy({ name: 'Corse', call: 'corse-2023' }, ['membres'])
    expect([closed.status, words(closed)]).toEqual([422, expect.stringContaining('Cet appel est clos')])
    expect(fieldOf(closed, 'name')).toBe('Corse')
    expect(closed.html).toMatch(/id="part-membres"[^>]* checked/)
    expect(closed.html).not.toMatch(/id="part-contacts"[^>]* checked/)
    const id = scene.test.context.newId()
    const first = await copy({ name: 'Deux fois', id }, ALL)
    const again = await copy({ name: 'Deux fois', id }, ALL)
    expect([first.location, again.location]).toEqual([again.location, first.location])
    expect(words(await porteur.follow(again))).toContain('était déjà créée')
    expect((await record(id)).esms).toHaveLength(3)
  })

  it('takes the answers to identical questions when asked to, and says of each where it comes from', async () => {
    const { id: member = '' } = (await record(at.grappe)).esms[1] ?? {}
    const code = 'pas-deux-dui'
    await scene.porteur.call('PUT', fill(API_PATHS.declarations, at), [
      { esmsId: member, code, answer: true, basis: 'appel du 3 juin' },
      { esmsId: member, code: 'sans-fonds-europeens', answer: true, basis: 'appel du 3 juin' },
    ])
    const page = words(await porteur.get(urlTo('copyGrappe', at)))
    expect(page).toContain('Les réponses aux questions identiques')
    const given = Object.entries(
      (await record(at.grappe)).esms.find(({ id }) => id === member)?.declarations ?? {},
    )
    expect(given.length).toBeGreaterThan(0)
    const without = await copy({ name: 'Sans réponses', call: 'demonstration' }, ALL)
    expect(words(await porteur.follow(without))).toContain('aucune réponse')
    const done = await copy({ name: 'Avec réponses', call: 'demonstration' }, [...ALL, 'reponses'])
    expect(words(await porteur.follow(done))).toContain(`${given.length} réponse`)
    const copied = await record(done.location?.split('/')[3] ?? '')
    const [own] = copied.esms.filter(({ declarations }) => Object.keys(declarations).length > 0)
    expect(Object.entries(own?.declarations ?? {})).toEqual(given)
    for (const source of Object.values(own?.answeredBy ?? {})) {
      expect(source.by).toBe('porteur')
      expect(source.basis?.replaceAll('\u00a0', ' ')).toMatch(
        /^réponse à la même question dans la grappe « Grappe d’essai » .*, d’après : appel du 3 juin$/,
      )
    }
    // A question in other words is another question.
    const { call } = copied
    const reworded = JSON.parse(JSON.stringify(call).replaceAll('Notre établissement', 'L’établissement'))
    expect(sameQuestions(call, call).length - sameQuestions(call, reworded).length).toBe(2)
  })

  it('is made by the API too, and only from one’s own grappe', async () => {
    const made = await scene.porteur.call<{ members: number; left: number }>(
      'POST',
      fill(API_PATHS.copyGrappe, at),
      { name: 'Par programme', call: 'demonstration' },
    )
    expect([made.status, made.body]).toEqual([201, expect.objectContaining({ members: 3, left: 1 })])
    const stranger = await scene.test.porteur('autre@exemple.fr')
    const theirs = await createTestGrappe(stranger, 1)
    const foreign = await scene.porteur.call(
      'POST',
      fill(API_PATHS.copyGrappe, { grappe: theirs.grappeId }),
      {
        name: 'Prise',
        call: 'demonstration',
      },
    )
    expect(foreign.status).toBe(404)
  })
})
