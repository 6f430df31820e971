/** What runs in the background, read from top to bottom: which step, and how often by itself. */
import type { Job } from './adapters/jobs.ts'
import type { OpenContext } from './context.ts'
import { checkSeals } from './steps/check-seal.ts'
import { drawReadings } from './steps/draw-reading.ts'
import { scanFiles } from './steps/scan-files.ts'
import { deliverDueMails } from './steps/send-mail.ts'

const EVERY_MINUTE = '* * * * *'

export function listJobs(context: OpenContext): Job[] {
  return [
    { name: 'envois', cron: EVERY_MINUTE, run: () => deliverDueMails(context) },
    { name: 'antivirus', cron: EVERY_MINUTE, run: () => scan(context) },
    { name: 'scellement', cron: EVERY_MINUTE, run: () => checkSeals(context) },
    { name: 'lecture', cron: EVERY_MINUTE, run: () => drawReadings(context) },
  ]
}

/** What waits is in the rows already; the fault is thrown for the log alone. */
async function scan(context: OpenContext): Promise<void> {
  const { fault } = await scanFiles(context)
  if (fault !== null) throw fault
}
