/** The register of what is kept, for anybody. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { PersonalData } from '../../../templates/pages/personal-data.tsx'
import { registerOf } from '../../domain/register.ts'
import { frameOf, type PageSettings, sendPage } from './page.ts'

/** What the settings say of this server. */
interface DataSettings {
  smtpUrl: string | undefined
  clamavUrl: string | undefined
  backupTo: string | undefined
  backupsKeptDays: number | undefined
  dataContact: string | undefined
}

export function personalDataPages(
  { assetsVersion }: Pick<PageSettings, 'assetsVersion'>,
  settings: DataSettings,
): FastifyPluginAsync {
  const lines = registerOf({
    sends: settings.smtpUrl !== undefined,
    antivirus: settings.clamavUrl !== undefined,
    backups: settings.backupTo !== undefined,
    backupsKeptDays: settings.backupsKeptDays,
  })
  return async app => {
    app.get(PATHS.personalData, (request, reply) => {
      const frame = frameOf(request, reply, assetsVersion)
      return sendPage(reply, PersonalData({ frame, lines, contact: settings.dataContact ?? null }))
    })
  }
}
