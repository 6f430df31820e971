/** The list of calls, starting one, and what is done with one as a whole. */
import { CallOverview, type ShownProblem } from '../../../../templates/pages/calls/call.tsx'
import { callUrl } from '../../../../templates/pages/calls/frame.tsx'
import { CallList, type ReadableCall, StartCall } from '../../../../templates/pages/calls/list.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { resolveCall } from '../../../domain/call.ts'
import { CALL_SECTIONS, provenanceOf, sectionForm } from '../../../domain/call-form.ts'
import { dayOf, formatDay } from '../../../domain/deadline.ts'
import { reportableValues } from '../../../domain/reported.ts'
import { completeCall } from '../../../domain/written-call.ts'
import {
  archiveCall,
  type CallProblem,
  type CallStart,
  missingFrom,
  publishCall,
  startCall,
} from '../../../steps/eligibility/write-call.ts'
import { listOfferedCalls, listOwnCalls, type OwnCall } from '../../../steps/read/read-calls.ts'
import { disposition } from '../../downloads.ts'
import type { FormsWithFile } from '../form-with-file.ts'
import { goTo, sendPage } from '../page.ts'
import { formErrors, formStatus, proposedId } from '../porteur/forms.ts'
import { formFields } from '../request.ts'
import { type CallsVisit, type CallVisit, callPage, revisionOf, valuesOf } from './access.ts'

export async function showCalls(visit: CallsVisit) {
  const { context, owner, reply, frame } = visit
  const own = await listOwnCalls(context, owner)
  const readable = await readableCalls(visit)
  const page = CallList({
    frame: frame(),
    own: own.map(call => ({
      id: call.id,
      title: call.draft.title,
      state: stateWords(call),
      archived: call.archivedAt !== null,
      grappes: call.grappes,
      pieces: call.draft.pieces.length,
    })),
    published: readable.filter(({ publishedBy }) => publishedBy !== null),
    shipped: readable.filter(({ publishedBy }) => publishedBy === null),
  })
  return sendPage(reply, page)
}

/** What one may start from besides one's own. */
async function readableCalls({ context, owner }: CallsVisit): Promise<ReadableCall[]> {
  const offered =
    'porteurId' in owner
      ? (await listOfferedCalls(context, owner.porteurId)).filter(({ origin }) => origin !== 'propre')
      : context.calls.map(template => ({ template, publishedBy: null }))
  return offered.map(({ template: { code, title, summary, fictional }, publishedBy }) => ({
    code,
    title,
    summary,
    fictional,
    publishedBy,
  }))
}

/** « Version 2 publiée le lundi 2 mars 2027, modifiée depuis ». */
function stateWords({ published, isChanged, archivedAt, draft }: OwnCall): string {
  const day = (at: Date) => formatDay(dayOf(at.toISOString(), draft.timeZone))
  const version =
    published === null
      ? 'Brouillon, jamais publié'
      : `Version ${published.number} publiée le ${day(published.at)}${isChanged ? ', modifiée depuis' : ''}`
  return archivedAt === null ? version : `${version}, archivé le ${day(archivedAt)}`
}

export async function showStart(visit: CallsVisit, errors: readonly FieldError[] = []) {
  const { context, owner, request, reply, frame } = visit
  const own = (await listOwnCalls(context, owner)).map(({ code, draft }) => ({ code, title: draft.title }))
  const page = StartCall({
    frame: frame(),
    id: proposedId(request, context),
    values: formFields(request),
    errors,
    calls: [...own, ...(await readableCalls(visit))],
  })
  return sendPage(reply, page, formStatus(errors))
}

export async function start(visit: CallsVisit, forms: FormsWithFile) {
  const { context, owner, request, reply, side } = visit
  const sent = await forms.fileOf(request)
  const asked = startOf(visit, sent?.ok ? sent.bytes.toString('utf8') : '')
  if (!asked.ok) return await showStart(visit, asked.errors)
  const started = await startCall(context, owner, asked.start, proposedId(request, context))
  if (!started.ok) {
    return 'problems' in started
      ? await showStart(
          visit,
          started.problems.map(({ sentence, field }) => ({ field, message: sentence })),
        )
      : await showStart(visit, formErrors(started.refusal, 'code'))
  }
  return goTo(
    reply,
    callUrl(side, 'call', { call: started.value.callId }),
    'Appel commencé : complétez ses parties.',
  )
}

type Asked = { ok: true; start: CallStart } | { ok: false; errors: readonly FieldError[] }

/** @param sent the text of a file; empty when none was. */
function startOf({ context, request }: CallsVisit, sent: string): Asked {
  const { depart, title = '', code = '', yaml: pasted = '' } = formFields(request)
  const yaml = pasted.trim() === '' ? sent : pasted
  const refuse = (field: string, ...messages: string[]): Asked => ({
    ok: false,
    errors: messages.map(message => ({ field, message })),
  })
  switch (depart) {
    case 'fichier': {
      if (yaml.trim() === '') return refuse('yaml', 'Collez le texte d’un appel, ou choisissez son fichier.')
      const read = context.callYaml.read(yaml)
      return read.ok
        ? { ok: true, start: { from: 'fichier', call: read.call } }
        : refuse('yaml', ...read.problems)
    }
    case 'appel':
      return code === ''
        ? refuse('code', 'Choisissez l’appel dont vous partez.')
        : { ok: true, start: { from: 'appel', code } }
    default: {
      if (title.trim() === '') return refuse('title', 'Donnez un titre à l’appel.')
      const provenance = provenanceOf(valuesOf(request.body), 'provenance', null) ?? null
      return { ok: true, start: { from: 'vide', title: title.trim(), provenance } }
    }
  }
}

export async function showCall(visit: CallVisit) {
  const { context, call, reply, frame } = visit
  const problems = await missingFrom(context, call.draft)
  const missing = (section: string) => problems.filter(each => each.section === section).length
  const page = CallOverview({
    frame: frame(),
    call: {
      id: call.id,
      title: call.draft.title,
      code: call.code,
      archived: call.archivedAt !== null,
      revision: call.revision,
    },
    state: stateWords(call),
    nextVersion: call.isChanged ? (call.published?.number ?? 0) + 1 : null,
    grappes: call.grappes,
    parts: [
      ...CALL_SECTIONS.map(section => ({
        title: sectionForm(section).title,
        about: sectionForm(section).about,
        url: callPage(visit, 'section', { section }),
        missing: missing(section),
      })),
      {
        title: 'Pièces',
        about: 'Ce que les membres déposent, et qui est concerné',
        url: callPage(visit, 'pieces'),
        missing: missing('pieces'),
      },
    ],
    problems: problems.map(problem => shownProblem(visit, problem)),
    unknown: unknownIn(call),
    unknownKeys: call.unknownKeys,
  })
  return sendPage(reply, page)
}

/** What nobody has found yet, which stays to be verified. */
function unknownIn({ draft }: OwnCall): string[] {
  // Relative days are days here: only whether they are known matters.
  const call = resolveCall(completeCall(draft), '2000-01-01')
  return reportableValues(call)
    .filter(({ value, kind }) => value === null && (kind !== 'euros' || draft.money !== null))
    .map(({ group, name }) => `${group} : ${name}`)
}

/** A problem with its place in words, and the way there. */
export function shownProblem(
  visit: CallVisit,
  { section, piece, field, sentence }: CallProblem,
): ShownProblem {
  const found = piece === null ? undefined : visit.call.draft.pieces[piece]
  if (found !== undefined) {
    const page = field.startsWith('condition') ? 'condition' : 'piece'
    return {
      where: `Pièce « ${found.name} »`,
      url: `${callPage(visit, page, { piece: found.code })}#${field}`,
      sentence,
    }
  }
  return section === 'pieces'
    ? { where: 'Pièces', url: callPage(visit, 'pieces'), sentence }
    : {
        where: sectionForm(section).title,
        url: `${callPage(visit, 'section', { section })}#${field}`,
        sentence,
      }
}

export async function publish(visit: CallVisit) {
  const { context, owner, call, request, reply, refuse } = visit
  const revision = revisionOf(valuesOf(request.body))
  const published = await publishCall(context, owner, call.id, revision)
  if (published.ok) {
    return goTo(reply, callPage(visit, 'call'), `Version ${published.value.number} publiée.`)
  }
  // What is missing is told there.
  return 'problems' in published ? goTo(reply, callPage(visit, 'call')) : refuse(published.refusal)
}

export async function archive(visit: CallVisit) {
  const { context, owner, call, request, reply, refuse } = visit
  const archived = formFields(request).archiver === 'oui'
  const done = await archiveCall(context, owner, call.id, archived)
  if (!done.ok) return refuse(done.refusal)
  const notice = archived
    ? 'Appel archivé : les grappes qui y répondent le gardent.'
    : 'Appel repris : il peut de nouveau servir.'
  return goTo(reply, callPage(visit, 'call'), notice)
}

export async function downloadYaml({ context, call, reply }: CallVisit) {
  return reply
    .header('content-disposition', disposition('attachment', `${call.code}.yaml`))
    .type('application/yaml; charset=utf-8')
    .send(context.callYaml.write(call.draft))
}
