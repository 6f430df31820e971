/** The journal: who did what, and what proved it. Its sentences are drawn from the facts, never stored. */
import { ACCESS_ACTS, type AccessFacts } from './access.ts'
import { COLLECTION_ACTS, type CollectionFacts } from './collection.ts'
import { CONTROL_ACTS, type ControlFacts } from './control.ts'
import { DOSSIER_ACTS, type DossierFacts } from './dossier.ts'
import { ELIGIBILITY_ACTS, type EligibilityFacts } from './eligibility.ts'
import { ERASURE_ACTS, type ErasureFacts } from './erasure.ts'
import type { ActWords } from './subject.ts'

/**
 * The catalogue: every kind of act with its facts. They are stored: a kind is never renamed, and its facts
 * only ever get new optional ones. No fact is a secret: no token, no address of a link.
 */
interface JournalFacts
  extends EligibilityFacts,
    CollectionFacts,
    ControlFacts,
    DossierFacts,
    AccessFacts,
    ErasureFacts {}

export type ActKind = keyof JournalFacts

export type FactsOf<Kind extends ActKind> = JournalFacts[Kind]

/** One act: its kind and the facts of that kind. */
export type Act<Kind extends ActKind = ActKind> = {
  [Each in Kind]: { kind: Each; facts: JournalFacts[Each] }
}[Kind]

/** What was kept of an act; of those recorded before the catalogue existed, their sentence only. */
export type RecordedAct = Act | { kind: 'unknown'; event: string }

/**
 * What whoever acts has proved: that it holds a link, that it reads mail at an address (`code`, and
 * `session`, opened by e-mail), that it has a passkey (`passkey`), that a provider vouches for its address
 * (`proconnect`, `oidc`), or that it holds an API token. `system`: a job of the server. `command`: somebody
 * with the hand on the server.
 */
export const PROOFS = [
  'link',
  'code',
  'passkey',
  'session',
  'proconnect',
  'oidc',
  'token',
  'system',
  'command',
] as const
export type Proof = (typeof PROOFS)[number]

/** Who acts, as screens name it. */
export interface Actor {
  name: string
  proof: Proof
}

/** The server itself, by the name of its job. */
export const systemActor = (name: string): Actor => ({ name, proof: 'system' })

const ACTS: ActWords<JournalFacts> = {
  ...ELIGIBILITY_ACTS,
  ...COLLECTION_ACTS,
  ...CONTROL_ACTS,
  ...DOSSIER_ACTS,
  ...ACCESS_ACTS,
  ...ERASURE_ACTS,
}

const drawn = <Kind extends ActKind>(act: Act<Kind>): string => ACTS[act.kind].sentence(act.facts)

/** One French sentence. */
export const sentenceOf = (recorded: RecordedAct): string =>
  recorded.kind === 'unknown' ? recorded.event : drawn(recorded)

/** Acts of the ARS, by what it said. */
const ARS_KINDS: ReadonlySet<RecordedAct['kind']> = new Set([
  'piece-found-conforming',
  'conforming-withdrawn',
  'complement-asked',
  'opinion-given',
])

const drawnForArs = <Kind extends ActKind>({ kind, facts }: Act<Kind>): string | null =>
  ACTS[kind].forArs?.(facts) ?? null

/** Whether the ARS reads acts of that kind. */
export const isForArs = (kind: ActKind): boolean => ACTS[kind].forArs !== undefined

/**
 * A line of the journal as the ARS reads it: who as a part (a member, the porteur, the ARS), never by an
 * address.
 *
 * @returns null for what is not of the dossier.
 */
export function eventForArs(
  recorded: RecordedAct,
  actor: { name: string; proof: Proof | null },
): { actor: string; event: string } | null {
  if (recorded.kind === 'unknown') return null
  const event = drawnForArs(recorded)
  if (event === null) return null
  if (ARS_KINDS.has(recorded.kind)) return { actor: `ARS, ${actor.name}`, event }
  const byMember = recorded.kind === 'piece-deposited' && actor.proof === 'link'
  return { actor: byMember ? recorded.facts.ownerName : 'Porteur', event }
}

/** How a porteur reads what the actor had proved. */
export const PROOF_WORDS: Readonly<Record<Proof, string>> = {
  link: 'par son lien',
  code: 'confirmé par un code',
  passkey: 'confirmé par une clé d’accès',
  session: 'connecté',
  proconnect: 'connecté par ProConnect',
  oidc: 'connecté par OpenID Connect',
  token: 'par un jeton d’API',
  system: 'automatique',
  command: 'sur le serveur',
}

/** Kinds as a list offers them: by room, each under its French name. `unknown` is a kind of its own. */
export const ACT_GROUPS: ReadonlyArray<{
  code: string
  label: string
  kinds: ReadonlyArray<{ kind: RecordedAct['kind']; label: string }>
}> = [
  { code: 'eligibilite', label: 'Éligibilité', kinds: labelled(ELIGIBILITY_ACTS) },
  { code: 'collecte', label: 'Collecte', kinds: labelled(COLLECTION_ACTS) },
  { code: 'controle', label: 'Contrôle', kinds: labelled(CONTROL_ACTS) },
  { code: 'dossier', label: 'Dossier', kinds: labelled(DOSSIER_ACTS) },
  { code: 'acces', label: 'Accès', kinds: labelled(ACCESS_ACTS) },
  { code: 'conservation', label: 'Conservation', kinds: labelled(ERASURE_ACTS) },
  { code: 'anciens', label: 'Anciens', kinds: [{ kind: 'unknown', label: 'Acte d’avant le classement' }] },
]

function labelled<Facts>(acts: ActWords<Facts>) {
  return (Object.keys(acts) as Array<keyof Facts & ActKind>).map(kind => ({ kind, label: acts[kind].label }))
}
