/** The clé de répartition: who pays what, the form of the key, its measures, and a departure tried. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { sharingContract } from '../../../../schema/contracts/sharing.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { SharingPage } from '../../../../templates/pages/porteur/sharing.tsx'
import { sharingFacts } from '../../../domain/sharing/facts.ts'
import type { SharingKey } from '../../../domain/sharing/key.ts'
import { SHARING_PRESETS } from '../../../domain/sharing/presets.ts'
import { share, shareWithout } from '../../../domain/sharing/share.ts'
import { keepSharingKey } from '../../../steps/eligibility/keep-sharing-key.ts'
import type { Context } from '../../../steps/ports.ts'
import {
  fieldErrorsOf,
  fieldsOfKey,
  keyOfFields,
  measuresOfFields,
  type SharingFields,
  shownCostRows,
  withPreset,
} from '../../sharing-fields.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { porteurGuards, type RecordVisit } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

export function sharingPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onRecord } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.sharing, onRecord(showSharing))
    app.post(PATHS.sharing, protect, onRecord(keep))
  }
}

/** A form refused, as it was typed. */
interface Refused {
  /** That of the key which the form was made of: a mistake in it does not hide what somebody else wrote. */
  revision: number
  fields: SharingFields
  errors: readonly FieldError[]
}

async function showSharing(visit: RecordVisit, refused: Refused | null = null) {
  const { record, scope, request, reply, frame } = visit
  const { key, revision } = record.sharing
  const facts = sharingFacts(record, record.details, record.call)
  const { modele = '', sans = '' } = request.query as Record<string, string>
  const preset = SHARING_PRESETS.find(({ code }) => code === modele) ?? null
  const kept = fieldsOfKey(key)
  const fields = refused?.fields ?? (preset === null ? kept : withPreset(kept, preset))
  const page = SharingPage({
    frame: frame(),
    grappe: scope,
    sharingKey: key,
    revision: refused?.revision ?? revision,
    facts,
    sharing: key && share(key, facts),
    departure: key && shareWithout(key, facts, sans),
    form: {
      fields,
      errors: refused?.errors ?? [],
      costRows: shownCostRows(fields),
      preset,
      isOpen: key === null || preset !== null || refused !== null,
    },
  })
  return sendPage(reply, page, formStatus(refused?.errors ?? []))
}

async function keep(visit: RecordVisit) {
  const { context, scope, record, request, reply } = visit
  const fields = formFields(request)
  const { key } = record.sharing
  const parsed = sharingContract.safeParse({ seen: Number(fields.seen), key: askedKey(fields, key) })
  if (!parsed.success) {
    const errors = fieldErrorsOf(fieldMessages(parsed.error), fields)
    return await showSharing(visit, { revision: Number(fields.seen), fields, errors })
  }
  const { seen } = parsed.data
  const kept = await keepSharingKey(context, scope, { seen, key: parsed.data.key as SharingKey | null })
  if (!kept.ok) {
    if (kept.refusal.code === 'not-found') return visit.refuse(kept.refusal)
    const errors = fieldErrorsOf(
      Object.fromEntries(formErrors(kept.refusal, 'between').map(({ field, message }) => [field, message])),
      fields,
    )
    // The key as it is now is told above: sent again, the form replaces it knowingly.
    return await showSharing(visit, { revision: record.sharing.revision, fields, errors })
  }
  const notice = kept.value.key === null ? 'Clé de répartition retirée.' : 'Clé de répartition enregistrée.'
  return goTo(reply, urlTo('sharing', { grappe: scope.grappeId }), notice)
}

function askedKey(fields: SharingFields, key: SharingKey | null): unknown {
  switch (fields.acte) {
    case 'retirer':
      return null
    case 'mesures':
      return key && { ...key, measures: measuresOfFields(fields, key.measures) }
    default:
      return keyOfFields(fields, key?.measures ?? {})
  }
}
