/** Acts on how long things are kept, and on their erasure. */
import type { Day } from '../call.ts'
import { formatDay } from '../deadline.ts'
import type { ErasureCause } from '../erasure.ts'
import type { ActWords } from './subject.ts'

export interface ErasureFacts {
  /** Null: as the call says, or the product. */
  'retention-changed': { before: number | null; after: number | null }
  'erasure-held': { motive: string }
  'erasure-released': Record<never, never>
  'erasure-warned': { rank: 1 | 2; erasesOn: Day }
  'deletion-asked': { deletesOn: Day }
  'deletion-cancelled': Record<never, never>
  'account-deletion-asked': { deletesOn: Day }
  'account-deletion-cancelled': Record<never, never>
  /** How many lines of the journal lost what they said; never whose. */
  'person-erased': { journalLines: number; places: number }
  /** The last line of a journal, and the only one that still says something. */
  'grappe-erased': { cause: ErasureCause }
}

const monthsWords = (months: number | null): string =>
  months === null ? 'celle de l’appel ou, à défaut, de grappe-kit' : `${months} mois après la clôture`

const CAUSE_WORDS: Readonly<Record<ErasureCause, string>> = {
  conservation: 'au terme de sa conservation, après deux avertissements',
  suppression: 'à la demande de son porteur, après le délai annoncé',
  compte: 'avec le compte de son porteur, après le délai annoncé',
}

export const ERASURE_ACTS: ActWords<ErasureFacts> = {
  'retention-changed': {
    label: 'Durée de conservation',
    sentence: ({ before, after }) =>
      `Durée de conservation : ${monthsWords(after)} (avant : ${monthsWords(before)}).`,
  },
  'erasure-held': {
    label: 'Conservation suspendue',
    sentence: ({ motive }) => `Effacement suspendu. Motif : ${motive}.`,
  },
  'erasure-released': {
    label: 'Suspension levée',
    sentence: () => 'Suspension de l’effacement levée : la durée de conservation court de nouveau.',
  },
  'erasure-warned': {
    label: 'Avertissement d’effacement',
    sentence: ({ rank, erasesOn }) =>
      `${rank === 1 ? 'Premier' : 'Dernier'} avertissement écrit : effacement le ${formatDay(erasesOn)}.`,
  },
  'deletion-asked': {
    label: 'Suppression demandée',
    sentence: ({ deletesOn }) => `Suppression de la grappe demandée pour le ${formatDay(deletesOn)}.`,
  },
  'deletion-cancelled': {
    label: 'Suppression annulée',
    sentence: () => 'Demande de suppression de la grappe annulée : rien n’est effacé.',
  },
  'account-deletion-asked': {
    label: 'Suppression du compte demandée',
    sentence: ({ deletesOn }) =>
      `Suppression du compte du porteur demandée, avec toutes ses grappes, pour le ${formatDay(deletesOn)}.`,
  },
  'account-deletion-cancelled': {
    label: 'Suppression du compte annulée',
    sentence: () => 'Demande de suppression du compte annulée : rien n’est effacé.',
  },
  'person-erased': {
    label: 'Personne effacée',
    sentence: ({ journalLines, places }) =>
      `Données d’une personne effacées : ${places} ${places > 1 ? 'endroits' : 'endroit'}, dont ` +
      `${journalLines} ${journalLines > 1 ? 'lignes' : 'ligne'} de ce journal.`,
  },
  'grappe-erased': {
    label: 'Grappe effacée',
    sentence: ({ cause }) => `Grappe effacée ${CAUSE_WORDS[cause]}.`,
  },
}
