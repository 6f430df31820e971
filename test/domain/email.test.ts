import { describe, expect, test } from 'vitest'
import { signInContract } from '../../schema/contracts/members.ts'
import { readEmail } from '../../server/domain/email.ts'

describe('an e-mail address', () => {
  test.each([
    ['  Camille.Petit@Exemple.FR ', 'camille.petit@exemple.fr'],
    ["d'arc+grappe@mail.exemple.org", "d'arc+grappe@mail.exemple.org"],
    ['contact@résidence.fr', 'contact@xn--rsidence-b1a.fr'],
  ])('« %s » is one', (typed, email) => {
    expect(readEmail(typed)).toEqual({ ok: true, email })
  })

  test.each([
    ['hélène@exemple.fr', 'helene@exemple.fr', '« é »'],
    ['françois.noël@exemple.fr', 'francois.noel@exemple.fr', '« ç »'],
    ['direction@ehpad-stjoseph', null, 'Il manque la fin'],
    ['camille', null, 'n’est pas complète'],
    ['prenom.nom', null, 'n’est pas complète'],
    ['@exemple.fr', null, 'n’est pas complète'],
    ['a@b@exemple.fr', null, 'n’est pas complète'],
    ['.a@exemple.fr', null, 'n’est pas complète'],
    ['a..b@exemple.fr', null, 'n’est pas complète'],
    ['a@-exemple.fr', null, 'n’est pas complète'],
    ['', null, 'n’est pas complète'],
  ])('« %s » is none, and is told why', (typed, suggestion, words) => {
    const read = readEmail(typed)
    expect(read).toMatchObject({ ok: false, suggestion })
    expect(!read.ok && read.reason.replaceAll('\u00A0', ' ')).toContain(words)
  })

  test('with an accent is never called incomplete, in any form', () => {
    const refused = signInContract.safeParse({ email: 'hélène@exemple.fr' })
    expect(refused.error?.issues[0]?.message).toContain('helene@exemple.fr')
    expect(refused.error?.issues[0]?.message).not.toContain('complète')
  })
})
