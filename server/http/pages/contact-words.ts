/** What is said once a delegate is named or a contact removed, by the member or by the porteur. */
import type { NamedDelegate } from '../../steps/collection/name-delegate.ts'
import type { OtherContact } from '../../steps/collection/save-contacts.ts'

export function namedSentence({ email, ogName, replaced }: NamedDelegate): string {
  const named = `${email} est le contact délégué de « ${ogName} » : un message lui porte son lien.`
  return replaced === null ? named : `${named} Le lien de ${replaced} a pris fin, et un message le lui dit.`
}

export function removedSentence({ email, owner, isDelegate }: OtherContact): string {
  const removed = `${email} n’est plus un contact de « ${owner.name} ».`
  return isDelegate ? `${removed} Son lien a pris fin, et un message le lui dit.` : removed
}
