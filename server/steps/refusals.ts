/**
 * Refusals are values: every way in which an act can be declined, one catalogue, each mapped to one sentence
 * by `http/refusals.ts`.
 */

export type RefusalCode =
  | 'not-found'
  | 'signed-out'
  | 'invalid-fields'
  | 'adaptation-overtaken'
  | 'call-version-superseded'
  | 'call-version-followed'
  | 'call-copy-changed'
  | 'call-version-torn'
  | 'call-not-open'
  | 'call-closed'
  | 'grappe-archived'
  | 'dossier-archived'
  | 'og-already-in-grappe'
  | 'og-has-members'
  | 'og-has-deposits'
  | 'esms-already-withdrawn'
  | 'answer-is-its-own'
  | 'proposal-decided'
  | 'facts-changed'
  | 'link-unknown'
  | 'link-expired'
  | 'link-revoked'
  | 'link-consumed'
  | 'piece-not-expected'
  | 'piece-already-accepted'
  | 'form-unanswered'
  | 'answers-changed'
  | 'no-file'
  | 'files-refused'
  | 'upload-cut-off'
  | 'storage-full'
  | 'upload-too-large'
  | 'too-many-uploads'
  | 'too-many-files'
  | 'uploads-gone'
  | 'uploads-unfinished'
  | 'version-superseded'
  | 'version-taken-out'
  | 'version-replaced'
  | 'version-decided'
  | 'move-nowhere'
  | 'move-not-taken'
  | 'seal-incomplete'
  | 'seal-empty'
  | 'seal-running'
  | 'seal-not-ready'
  | 'reading-not-ready'
  | 'version-infected'
  | 'file-infected'
  | 'loose-file-infected'
  | 'file-awaits-scan'
  | 'piece-without-member'
  | 'request-superseded'
  | 'signature-not-asked'
  | 'day-to-come'
  | 'link-already-ended'
  | 'contact-is-yourself'
  | 'link-without-email'
  | 'reviewer-without-email'
  | 'reviewer-unproved'
  | 'proof-needed'
  | 'provider-unreachable'
  | 'provider-declined'
  | 'provider-untrusted'
  | 'provider-weak'
  | 'provider-without-email'
  | 'provider-not-for-you'
  | 'reviewer-unknown'
  | 'sign-in-stale'
  | 'passkeys-not-here'
  | 'passkey-refused'
  | 'too-many-passkeys'
  | 'service-missing'
  | 'service-held'
  | 'service-not-administered'
  | 'service-last-administrator'
  | 'code-needed'
  | 'code-wrong'
  | 'code-expired'
  | 'code-limit'
  | 'token-reads-only'
  | 'code-locked'
  | 'role-needed'
  | 'colleague-present'
  | 'last-administrator'
  | 'already-chased'
  | 'nothing-to-chase'
  | 'extension-after-closing'
  | 'extension-changes-nothing'
  | 'call-still-open'
  | 'call-archived'
  | 'call-unchanged'
  | 'call-changed'
  | 'not-a-call-writer'
  | 'model-superseded'
  | 'model-unfilled'
  | 'model-unscanned'
  | 'model-busy'
  | 'nothing-changed'
  | 'erasure-held'
  | 'person-is-porteur'

export interface Refusal {
  code: RefusalCode
  /** Names and numbers for the sentence, such as the ESMS that already holds a FINESS number. */
  facts?: Readonly<Record<string, string>>
  /** For `invalid-fields`: a French sentence per field. */
  fields?: Readonly<Record<string, string>>
}

export type Outcome<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

export function done<Value>(value: Value): Outcome<Value> {
  return { ok: true, value }
}

export function refuse(code: RefusalCode, facts?: Record<string, string>): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: facts === undefined ? { code } : { code, facts } }
}

export function refuseFields(fields: Record<string, string>): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code: 'invalid-fields', fields } }
}
