/** A real SMTP server on a free port, which accepts, refuses, delays or drops as it is told. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'

/** What it does with the next mails; a number is the code of a refusal of the recipient, or a wait in milliseconds. */
export type Mood =
  | { do: 'accept' }
  | { do: 'refuse'; code: number }
  | { do: 'delay'; ms: number }
  | { do: 'drop' }

export interface ReceivedMail {
  to: string
  /** As it came, headers and parts. */
  source: string
}

export interface MailServer {
  url: string
  received: ReceivedMail[]
  mood: Mood
  close(): Promise<void>
}

/** @param port 0 takes a free one; the same one again after a stop. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const state: MailServer = { url: '', received: [], mood: { do: 'accept' }, close }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(_address, _session, done) {
      if (state.mood.do !== 'refuse') return done()
      done(Object.assign(new Error('boîte indisponible'), { responseCode: state.mood.code }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        if (state.mood.do === 'delay') await pause(state.mood.ms)
        if (state.mood.do === 'drop') {
          // biome-ignore lint/suspicious/noExplicitAny: smtp-server keeps its connections to itself
          for (const connection of (server as any).connections) connection._socket.destroy()
          return
        }
        state.received.push({
          to: session.envelope.rcptTo[0]?.address ?? '',
          source: Buffer.concat(chunks).toString(),
        })
        done()
      })
    },
  })
  server.on('error', () => {})
  const listening = server.listen(port, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  state.url = `smtp://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  function close(): Promise<void> {
    return new Promise(resolve => server.close(() => resolve()))
  }
  return state
}
