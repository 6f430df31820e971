/**
 * Another process than the server's, as `bench:country` starts it: asks an address on and on between `begin`
 * and `end`, whether or not the one before was answered: a wait counts for each that waits. It tells how long
 * each answer took, in milliseconds.
 */
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 10
/** For those still waited for at the end. */
const LAST_MS = 200

const [address = ''] = process.argv.slice(2)
let times: number[] = []
let timer: NodeJS.Timeout | undefined

function ask() {
  const askedAt = performance.now()
  const asked = request(address, response => {
    response.resume().on('end', () => times.push(performance.now() - askedAt))
  })
  asked.on('error', () => {}).end()
}

process.on('disconnect', () => process.exit())
process.on('message', async told => {
  if (told === 'begin') {
    times = []
    timer = setInterval(ask, EVERY_MS)
    return
  }
  clearInterval(timer)
  await pause(LAST_MS)
  process.send?.(times)
})
process.send?.('ready')
