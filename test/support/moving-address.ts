/**
 * An address of this machine that leads to one port, then to another: in the place of the address or of the name that
 * an installation moves when another host takes over.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface MovingAddress {
  port: number
  /** Leads there from now on. Who is connected is cut off: the host that is reached next knows nothing of it. */
  leadTo(port: number): void
  close(): Promise<void>
}

/** @param target port of 127.0.0.1 */
export async function openMovingAddress(target: number): Promise<MovingAddress> {
  const open = new Set<Socket>()
  let leadsTo = target
  const cutOff = () => {
    for (const socket of open) socket.resetAndDestroy()
  }
  const server = createServer(near => {
    const far = connect(leadsTo, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      // As the host itself would: an end is passed on as an end, and what breaks breaks.
      socket.on('error', () => other.resetAndDestroy())
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    leadTo(port) {
      leadsTo = port
      cutOff()
    },
    async close() {
      server.close()
      cutOff()
      await once(server, 'close')
    },
  }
}
