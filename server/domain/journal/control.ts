/** Acts of the control before the deposit: decisions, what does not apply, messages, the antivirus. */
import type { Day } from '../call.ts'
import { formatDay } from '../deadline.ts'
import type { SigningStep } from '../signing.ts'
import { type ActWords, deposited, type PieceFacts, type VersionFacts } from './subject.ts'

export interface ControlFacts {
  'piece-accepted': VersionFacts
  'acceptance-undone': VersionFacts
  'piece-refused': VersionFacts & { motive: string }
  'piece-found-clean': VersionFacts
  'non-applicable-asked': PieceFacts & { reason: string }
  'non-applicable-declared': PieceFacts & { reason: string }
  'non-applicable-confirmed': PieceFacts
  'non-applicable-declined': PieceFacts & { motive: string }
  /** The words themselves stay in the thread. */
  'message-written': PieceFacts
  /** `on`: when it was sent, or signed. */
  'signature-noted': PieceFacts & { step: SigningStep; on: Day | null; signatory: string | null }
  /** A read of the store found other bytes than those deposited, or none; then the right ones again. */
  'file-damaged': VersionFacts & { fileName: string }
  'file-mended': VersionFacts & { fileName: string }
}

const ofOwner = ({ pieceName, ownerName }: PieceFacts) => `« ${pieceName} » de ${ownerName}`

export const CONTROL_ACTS: ActWords<ControlFacts> = {
  'piece-accepted': {
    label: 'Pièce acceptée',
    sentence: facts => `${deposited(facts)}, acceptée.`,
    forArs: facts => `${deposited(facts)}, acceptée par le porteur.`,
  },
  'acceptance-undone': {
    label: 'Acceptation annulée',
    sentence: facts => `${deposited(facts)}, de nouveau à contrôler.`,
  },
  'piece-refused': {
    label: 'Pièce refusée',
    sentence: facts => `${deposited(facts)}, refusée. Motif : ${facts.motive}`,
  },
  'piece-found-clean': {
    label: 'Pièce analysée',
    sentence: facts => `${deposited(facts)} : rien trouvé.`,
  },
  'non-applicable-asked': {
    label: 'Pièce dite non applicable',
    sentence: facts => `${ofOwner(facts)} dite non applicable, à confirmer. Raison : ${facts.reason}`,
  },
  'non-applicable-declared': {
    label: 'Pièce déclarée non applicable',
    sentence: facts => `${ofOwner(facts)} déclarée non applicable. Raison : ${facts.reason}`,
    forArs: facts => `${ofOwner(facts)} déclarée non applicable. Raison : ${facts.reason}`,
  },
  'non-applicable-confirmed': {
    label: 'Non applicable confirmé',
    sentence: facts => `${ofOwner(facts)} : non applicable, confirmé.`,
    forArs: facts => `${ofOwner(facts)} : non applicable, confirmé par le porteur.`,
  },
  'non-applicable-declined': {
    label: 'Non applicable refusé',
    sentence: facts => `${ofOwner(facts)} : reste demandée. Motif : ${facts.motive}.`,
  },
  'signature-noted': {
    label: 'Signature suivie',
    sentence: ({ step, on, signatory, ...piece }) => {
      const who = signatory === null ? '' : ` (${signatory})`
      const said = {
        'a-signer': 'de nouveau à signer',
        envoyee: `envoyée à la signature${who}`,
        signee: `signée${who}`,
      }[step]
      return `${ofOwner(piece)} : ${said}${on === null ? '' : ` le ${formatDay(on)}`}.`
    },
  },
  'file-damaged': {
    label: 'Fichier abîmé sur le serveur',
    sentence: facts =>
      `Fichier « ${facts.fileName} » abîmé sur le serveur, à redéposer : ${deposited(facts)}.`,
  },
  'file-mended': {
    label: 'Fichier de nouveau intact',
    sentence: facts => `Fichier « ${facts.fileName} » de nouveau intact : ${deposited(facts)}.`,
  },
  'message-written': { label: 'Message écrit', sentence: facts => `Message sur ${ofOwner(facts)}.` },
}
