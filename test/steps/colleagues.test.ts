import { describe, expect, it } from 'vitest'
import { openPglite } from '../../server/adapters/database.ts'
import { databaseBefore } from '../support/older-database.ts'

const PORTEUR = '5a1c9e3d-2b4f-4a6c-8d7e-9f0a1b2c3d4e'

describe('a server of before porteurs had people', () => {
  it('makes each porteur its own first person, who keeps its sessions and its tokens', async () => {
    const client = await databaseBefore(
      '0021_colleagues',
      `insert into porteurs values ('${PORTEUR}', 'porteuse@exemple.fr', '2026-05-01T08:00:00Z');
       insert into sessions (id, porteur_id, reviewer_email, token_hash, created_at, expires_at) values
         (gen_random_uuid(), '${PORTEUR}', null, 'a', '2026-05-02T08:00:00Z', '2026-05-09T08:00:00Z'),
         (gen_random_uuid(), null, 'ars@exemple.fr', 'b', '2026-05-02T08:00:00Z', '2026-05-09T08:00:00Z');
       insert into links (id, kind, token_hash, porteur_id, label, created_at, expires_at) values
         (gen_random_uuid(), 'porteur', 'c', '${PORTEUR}', 'programme', '2026-05-02', '2027-05-02');`,
    )
    const { db, close } = await openPglite({ client })
    try {
      const [first, ...others] = await db.query.colleagues.findMany()
      expect(others).toEqual([])
      expect(first).toMatchObject({
        porteurId: PORTEUR,
        email: 'porteuse@exemple.fr',
        role: 'administrer',
        invitedBy: null,
        invitedAt: new Date('2026-05-01T08:00:00Z'),
        joinedAt: new Date('2026-05-01T08:00:00Z'),
        removedAt: null,
      })
      const held = await db.query.sessions.findMany({ orderBy: ({ tokenHash }) => tokenHash })
      expect(held.map(({ colleagueId }) => colleagueId)).toEqual([first?.id, null])
      expect(await db.query.links.findMany()).toMatchObject([{ colleagueId: first?.id }])
    } finally {
      await close()
    }
  })
})
