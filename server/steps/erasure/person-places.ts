/** Where one person is named in a grappe, known by its address and by the names that go with it there. */
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { contacts, esms, links, ogs } from '../../../schema/tables.ts'
import type { Database } from '../ports.ts'

/** A shorter name is found in too many other words. */
const LEAST_NAME = 4

/** How one person is written in a grappe. */
export interface PersonForms {
  grappeId: string
  /** Lower case. */
  email: string
  /** The address first, then its names. */
  forms: readonly string[]
}

export async function readForms(db: Database, grappeId: string, email: string): Promise<PersonForms> {
  const named = async (table: typeof ogs | typeof esms) =>
    await db
      .select({ name: table.contactName })
      .from(table)
      .where(and(eq(table.grappeId, grappeId), eq(sql`lower(trim(${table.contactEmail}))`, email)))
  const others = await db
    .select({ name: contacts.name })
    .from(contacts)
    .where(and(eq(contacts.grappeId, grappeId), eq(contacts.email, email)))
  // The label of an establishment's link is the establishment's name.
  const handed = await db
    .select({ name: links.label })
    .from(links)
    .where(
      and(eq(links.grappeId, grappeId), eq(links.email, email), inArray(links.kind, ['personne', 'ars'])),
    )
  const rows = [...(await named(ogs)), ...(await named(esms)), ...others, ...handed]
  const names = rows.flatMap(({ name }) => name?.trim() ?? []).filter(name => name.length >= LEAST_NAME)
  return { grappeId, email, forms: [...new Set([email, ...names])] }
}

/** Whether a value, read as text, says one of them. */
export const says = (value: SQL, { forms }: Pick<PersonForms, 'forms'>): SQL =>
  sql`(${sql.join(
    forms.map(form => sql`position(${form.toLowerCase()} in lower((${value})::text)) > 0`),
    sql` or `,
  )})`

const OF_GRAPPE = 'grappe_id = $'
const OF_PIECE = 'piece_id in (select id from pieces where grappe_id = $)'
const OF_VERSION =
  'version_id in (select version.id from versions version join pieces piece on piece.id = version.piece_id ' +
  'where piece.grappe_id = $)'
const ITSELF = 'id = $'

/** `replaced`: « Personne effacée » takes its place; `deleted`: the whole row goes; `kept`: `why` says so. */
export interface Place {
  what: string
  table: string
  columns: readonly string[]
  scope: string
  fate: 'replaced' | 'deleted' | 'kept'
  why?: string
}

const OF_THE_ARS = 'L’ARS répond de ce qu’elle a écrit'
const WITH_GRAPPE = 'Effacé avec la grappe, au terme de sa conservation'

/** In the order in which they are told. The journal, the links and the cards are told beside. */
export const PLACES: readonly Place[] = [
  signed('Dépôts, comme déposant', 'versions', OF_PIECE, 'deposited_by', 'taken_out_by'),
  signed('Échanges, comme auteur', 'messages', OF_PIECE, 'author'),
  signed('Réponses à l’écran', 'form_answers', OF_PIECE, 'answered_by'),
  signed('Demandes « non applicable »', 'non_applicables', OF_PIECE, 'asked_by'),
  signed('Signatures notées', 'signings', OF_PIECE, 'noted_by', 'signatory'),
  signed('Corrections proposées', 'member_proposals', OF_GRAPPE, 'proposed_by'),
  signed('Modèles envoyés', 'own_models', OF_GRAPPE, 'sent_by'),
  signed('Délais accordés', 'extensions', OF_GRAPPE, 'granted_by'),
  signed('Écarts vus', 'seen_changes', OF_VERSION, 'seen_by'),
  signed('Ouvertures et téléchargements', 'accesses', OF_GRAPPE, 'actor'),
  gone('Corrections qui la nomment', 'member_proposals', 'changes'),
  gone('Documents préremplis à son nom (ce qu’ils disaient)', 'hand_outs', 'facts'),
  gone('Messages qui lui ont été écrits, ou qui la nomment', 'mails', 'recipient', 'subject', 'body', 'html'),
  gone('Relances qui lui ont été écrites', 'relances', 'email'),
  stays(
    'Dossiers scellés',
    'seals',
    OF_GRAPPE,
    'Figés et remis : en changer un mot romprait leur sceau',
    'plan',
  ),
  stays('Examens de l’ARS', 'reviews', OF_GRAPPE, OF_THE_ARS, 'actor', 'email', 'motive'),
  stays('Avis de l’ARS', 'opinions', OF_GRAPPE, OF_THE_ARS, 'actor', 'email', 'note'),
  stays('Demandes de l’ARS en cours', 'complement_drafts', OF_GRAPPE, OF_THE_ARS, 'email', 'motive'),
  stays(
    'Noms de fichiers déposés',
    'files',
    OF_VERSION,
    'Les pièces sont à l’établissement qui les a déposées',
    'name',
  ),
  stays('Textes des échanges', 'messages', OF_PIECE, WITH_GRAPPE, 'text'),
  stays('Réponses déposées', 'deposited_answers', OF_VERSION, WITH_GRAPPE, 'answers'),
  stays('Réponses à l’écran (contenu)', 'form_answers', OF_PIECE, WITH_GRAPPE, 'answer'),
  stays(
    'Gouvernance, répartition, dépôt',
    'grappes',
    ITSELF,
    'Écrits par le porteur : corrigez-les sur leurs pages',
    'governance',
    'sharing',
    'submission',
    'call',
  ),
]

function signed(what: string, table: string, scope: string, ...columns: string[]): Place {
  return { what, table, columns, scope, fate: 'replaced' }
}

function gone(what: string, table: string, ...columns: string[]): Place {
  return { what, table, columns, scope: OF_GRAPPE, fate: 'deleted' }
}

function stays(what: string, table: string, scope: string, why: string, ...columns: string[]): Place {
  return { what, table, columns, scope, fate: 'kept', why }
}

/** The rows of a place that are of the grappe. */
export const ofGrappe = ({ scope }: Place, grappeId: string): SQL => {
  const [before = '', after = ''] = scope.split('$')
  return sql`${sql.raw(before)}${grappeId}${sql.raw(after)}`
}

/** Those of them that name the person: whole where somebody signs, anywhere in what is written. */
export function namingRows(place: Place, person: PersonForms): SQL {
  const named = place.columns.map(column =>
    place.fate === 'replaced' ? isOne(column, person) : says(sql`${sql.identifier(column)}`, person),
  )
  return sql`${ofGrappe(place, person.grappeId)} and (${sql.join(named, sql` or `)})`
}

/** Whether a column holds exactly one of the forms, whatever their case. */
export const isOne = (column: string, { forms }: PersonForms): SQL =>
  sql`lower(trim(${sql.identifier(column)})) in (${sql.join(
    forms.map(form => sql`${form.toLowerCase()}`),
    sql`, `,
  )})`

/** The lines of the journal whose actor it is, or whose facts name it. */
export const namingLines = (person: PersonForms): SQL =>
  sql`grappe_id = ${person.grappeId} and erased_at is null
    and (${isOne('actor', person)} or ${says(sql`facts`, person)} or ${says(sql`event`, person)})`
