/** A reviewer who proved that it reads mail at its address: on the pages, and by program. */
import { eq } from 'drizzle-orm'
import { codes } from '../../schema/tables.ts'
import { API_PATHS, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import type { ApiClient, TestApp } from './app.ts'
import { openBrowser, type PageClient } from './page-client.ts'

/** Signed in by the link that its mailbox received; its addresses hold the grappe’s id. */
export async function signInReviewer(
  test: Pick<TestApp, 'app' | 'context'>,
  email: string,
): Promise<PageClient> {
  const { context } = test
  const link = await issueLink(context.db, context, { kind: 'connexion', email, label: email })
  const visitor = openBrowser(test)
  const url = urlTo('signInLink', { token: link.token })
  await visitor.get(url)
  const entered = await visitor.submit(url)
  if (entered.location !== urlTo('arsDossiers')) throw new Error(`sign-in answered ${entered.status}`)
  await visitor.follow(entered)
  return visitor
}

/** A program that holds the link, and proved by a code that it speaks for the address of that link. */
export async function speakingProgram(test: TestApp, token: string): Promise<ApiClient> {
  const program = test.bearer(token)
  const asked = await program.call<{ attempt: string }>('POST', API_PATHS.arsCode)
  const { db, tokens } = test.context
  const { attempt } = asked.body
  const [sent] = await db
    .select()
    .from(codes)
    .where(eq(codes.browserHash, tokens.hash(attempt)))
  const code = tokens.ofCode(sent?.id ?? '')
  const confirmed = await program.call<{ proof: string }>('POST', API_PATHS.arsCodeConfirmation, {
    attempt,
    code,
  })
  if (confirmed.status !== 200) throw new Error(`the code was refused: ${confirmed.raw}`)
  const proof = { 'x-preuve': confirmed.body.proof }
  return {
    ...program,
    call: (method, url, body, headers) => program.call(method, url, body, { ...proof, ...headers }),
  }
}
