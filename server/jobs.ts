/** What runs in the background, read from top to bottom: which step, and how often by itself. */
import type { Job } from './adapters/jobs.ts'
import type { OpenContext } from './context.ts'
import { scanFiles } from './steps/scan-files.ts'
import { deliverDueMails } from './steps/send-mail.ts'

const EVERY_MINUTE = '* * * * *'

export function listJobs(context: OpenContext): Job[] {
  return [
    { name: 'envois', cron: EVERY_MINUTE, run: () => deliverDueMails(context) },
    { name: 'antivirus', cron: EVERY_MINUTE, run: () => scan(context) },
  ]
}

/** What waits is in the rows already; the fault is thrown for the log alone. */
async function scan(context: OpenContext): Promise<void> {
  const { fault } = await scanFiles(context)
  if (fault !== null) throw fault
}
