/**
 * Which role of a porteur's people opens which address: one table, for the pages and for the API. An address
 * in no row is for those who administer, and a test fails when one is added without a row.
 */
import type { FastifyRequest } from 'fastify'
import { hasRole, type Role } from '../domain/role.ts'
import { listColleagues, refuseRole } from '../steps/access/colleagues.ts'
import type { Porteur } from '../steps/access/sign-in.ts'
import type { Context } from '../steps/ports.ts'
import type { Refusal } from '../steps/refusals.ts'

/** The role that reads, and the one that acts, by any method but GET. */
type Row = readonly [address: RegExp, reads: Role, acts: Role]

/** The first row that an address fits counts: its pattern (`:grappe`), or the address itself. */
export const RIGHTS: readonly Row[] = [
  // Each person's own.
  [/^\/(porteur|api\/v1)\/sessions(\/|$)/, 'lire', 'lire'],
  [/^\/(porteur|api\/v1)\/personnes\/(depart|code)(\/|$)/, 'lire', 'lire'],
  [/^\/porteur\/cles-acces(\/|$)/, 'lire', 'lire'],
  [/^\/(porteur\/(espaces|resumes)|api\/v1\/resumes)$/, 'lire', 'lire'],

  [/^\/(porteur|api\/v1)\/personnes\/[^/]+\/sessions$/, 'administrer', 'administrer'],
  [/^\/(porteur|api\/v1)\/personnes(\/|$)/, 'lire', 'administrer'],
  [/^\/(porteur\/acces-api|api\/v1\/jetons)(\/|$)/, 'administrer', 'administrer'],
  [/^\/porteur\/(tout-revoquer|compte)$/, 'administrer', 'administrer'],
  [/^\/porteur\/(grappes\/(nouvelle|exemple)|appels\/nouveau)$/, 'administrer', 'administrer'],
  [/^\/porteur(\/appels(\/.*)?)?$/, 'lire', 'administrer'],
  [/^\/api\/v1\/(grappes|finess|appels\/proposes|mes-appels(\/.*)?)$/, 'lire', 'administrer'],

  // Links to the ARS; by API, those that are listed beside them are filtered by what their reader may hold.
  ofGrappe('liens/ars', 'administrer', 'administrer'),
  [/^\/api\/v1\/grappes\/[^/]+\/liens$/, 'controler', 'administrer'],
  // Links to members, and the mails that carry them.
  ofGrappe('liens|invitations|messages', 'controler', 'controler'),

  // Pages that are one form, or tell one person's data: of no use to whoever cannot send it.
  [/^\/porteur\/grappes\/[^/]+\/(pieces\/.*\/(retirer|deplacer)|relances\/envoi)$/, 'controler', 'controler'],
  ofGrappe('(og|esms)/(nouveau|[^/]+/retirer)|membres/(ensemble|import)', 'administrer', 'administrer'),
  ofGrappe('solutions/(nouvelle|import|fusion)', 'administrer', 'administrer'),
  ofGrappe('reglages/(copie|personne|suppression)', 'administrer', 'administrer'),
  ofGrappe('appel/(nouvelle-piece|version|pieces/[^/]+/retirer)', 'administrer', 'administrer'),

  // To collect and to control.
  ofGrappe('pieces(-de)?|a-classer|relances|signatures|contacts', 'lire', 'controler'),
  ofGrappe('documents/(signatures|ecarts)|echeances/(delai|reouverture|agenda)', 'lire', 'controler'),
  ofGrappe('(og|esms)/[^/]+/contacts', 'lire', 'controler'),
  ofGrappe('(membres/)?corrections/reglage', 'lire', 'administrer'),
  ofGrappe('(membres/)?corrections', 'lire', 'controler'),

  // What the grappe is, answers and hands over.
  ofGrappe('reglages|conservation|archivage|copie|membres|og|esms|import|solutions?', 'lire', 'administrer'),
  ofGrappe('eligibilite|marge|appel|declarations|echeances', 'lire', 'administrer'),
  ofGrappe('documents|modeles|repartition|gouvernance', 'lire', 'administrer'),
  ofGrappe('dossier|depot-et-suites|versions', 'lire', 'administrer'),
  ofGrappe('tableau|evenements|journal|fichiers', 'lire', 'administrer'),
  [/^\/(porteur|api\/v1)\/grappes\/[^/]+$/, 'lire', 'administrer'],
]

/** @param under what follows the grappe in the address, as a pattern; what is below it is of the same row. */
function ofGrappe(under: string, reads: Role, acts: Role): Row {
  return [new RegExp(`^/(porteur|api/v1)/grappes/[^/]+/(${under})([./]|$)`), reads, acts]
}

/** The least role that may send this. */
export function neededRole(method: string, address: string): Role {
  const row = RIGHTS.find(([fits]) => fits.test(address))
  if (row === undefined) return 'administrer'
  return method === 'GET' || method === 'HEAD' ? row[1] : row[2]
}

const visitors = new WeakMap<FastifyRequest, Porteur>()

/** Who the porteur's guard let in; null on the addresses of others. */
export const visitorOf = (request: FastifyRequest): Porteur | null => visitors.get(request) ?? null

/** To be asked before anything else of whoever acts for a porteur; null when its role opens the address. */
export async function refusalOfRole(
  context: Pick<Context, 'db'>,
  request: FastifyRequest,
  porteur: Porteur,
): Promise<Refusal | null> {
  visitors.set(request, porteur)
  const needed = neededRole(request.method, request.routeOptions.url ?? '')
  if (hasRole(porteur.role, needed)) return null
  return refuseRole(await listColleagues(context.db, porteur.id), porteur.role, needed).refusal
}
