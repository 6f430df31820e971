import { readFileSync } from 'node:fs'

/**
 * The highest resident memory of a process so far, in MiB. From the system where it tells (Linux): `maxRSS`
 * counts what the process that started this one held as well.
 */
export function peakRssMib(pid: number | 'self' = 'self'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return pid === 'self' ? process.resourceUsage().maxRSS / 1024 : 0
  }
}
