/** Acts of the collection: deposits, last days, reminders. */
import type { Day } from '../call.ts'
import { formatDay } from '../deadline.ts'
import type { MissedReason, RelanceKind } from '../relance.ts'
import { type ActWords, deposited, type MemberFacts, type PieceFacts, type VersionFacts } from './subject.ts'

/** More time given for some pieces. */
interface MoreTime extends MemberFacts {
  deadlineOn: Day
  motive: string
  pieces: number
  /** Null when there are several pieces. */
  pieceName: string | null
  /** Of those who owe them. */
  ownerNames: readonly string[]
}

interface MovedDay {
  before: Day | null
  after: Day | null
  /** Where it was read; absent when the call's own day is put back, and before it was asked. */
  basis?: string
}

export interface CollectionFacts {
  /** `answered`: its document was drawn of answers given on screen. */
  'piece-deposited': VersionFacts & { files: number; answered?: true }
  'form-answered': PieceFacts
  /** The number is that of the version made of the other files. */
  'file-taken-out': VersionFacts & { fileName: string; files: number }
  'version-taken-out': VersionFacts
  /** `to`: the same files there. */
  'version-moved': VersionFacts & { toPieceName: string; toOwnerName: string; toNumber: number }
  'version-moved-in': VersionFacts & { fromPieceName: string; fromOwnerName: string }
  'closing-moved': MovedDay
  'opening-moved': MovedDay
  /** Null days: the closing of the call. */
  'deadline-moved': MovedDay & { pieceCode: string; pieceName: string }
  'extension-granted': MoreTime
  'piece-reopened': MoreTime
  'reminders-set': { days: readonly number[]; hasIntro: boolean }
  'reminders-paused': Record<string, never>
  'reminders-resumed': Record<string, never>
  'reminders-written': MemberFacts & {
    people: ReadonlyArray<{
      email: string
      kind: RelanceKind
      pieces: number
      questions?: number
      /** When it was to leave, of one that leaves late. */
      dueOn?: Day
    }>
  }
  'reminders-missed': MemberFacts & {
    people: ReadonlyArray<{ email: string; kind: RelanceKind; dueOn: Day; why: MissedReason }>
  }
  'reminder-withdrawn': { email: string }
  'digest-written': { email: string }
  'mails-sent-by-hand': { emails: readonly string[] }
  'mails-not-sent-by-hand': { emails: readonly string[] }
  'deposits-announced': { email: string; deposits: number }
  'own-model-taken': { model: string; title: string; fileName: string; sha256: string }
  'changes-seen': PieceFacts & { changes: readonly string[] }
  'own-model-ended': { model: string; title: string; fileName: string }
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

const known = (day: Day | null) => (day === null ? 'non connue' : formatDay(day))

/** « 30 novembre 2026 (avant : 15 septembre 2026), d’après : avis de l’ARS. » */
function movedDay({ before, after, basis }: MovedDay, tellsBefore = true): string {
  const earlier = tellsBefore ? ` (avant : ${known(before)})` : ''
  return `${known(after)}${earlier}${basis === undefined ? '' : `, d’après : ${basis}`}.`
}

const ownDay = (day: Day | null) => (day === null ? 'celui de l’appel' : formatDay(day))

/** « Charte » de EHPAD n° 1, or how many of how many members. */
function namesOf({ pieces, pieceName, ownerNames }: MoreTime): string {
  if (pieceName !== null) return `« ${pieceName} » de ${ownerNames[0]}`
  return `${pieces} pièces de ${ownerNames.length === 1 ? ownerNames[0] : `${ownerNames.length} membres`}`
}

const moreTime = (facts: MoreTime) =>
  `jusqu’au ${formatDay(facts.deadlineOn)} : ${namesOf(facts)}. Motif : ${facts.motive}`

const MISSED_WORDS: Readonly<Record<MissedReason, string>> = {
  recue: 'tout est arrivé depuis',
  passee: 'la date limite est passée',
  suivie: 'une relance plus récente la remplace',
}

export const COLLECTION_ACTS: ActWords<CollectionFacts> = {
  'piece-deposited': {
    label: 'Pièce déposée',
    sentence: ({ pieceName, number, files }) =>
      `« ${pieceName} » déposée, version ${number} (${counted(files, 'fichier')}).`,
    forArs: facts => `${deposited(facts)}, déposée.`,
  },
  'form-answered': {
    label: 'Réponses à l’écran',
    sentence: ({ pieceName, ownerName }) =>
      `Réponses écrites à l’écran pour « ${pieceName} » de ${ownerName}, sans dépôt.`,
  },
  'file-taken-out': {
    label: 'Fichier retiré',
    sentence: ({ pieceName, ownerName, number, fileName, files }) =>
      `Fichier « ${fileName} » retiré de « ${pieceName} » de ${ownerName} : version ${number}, ` +
      `avec ce qui reste (${counted(files, 'fichier')}).`,
  },
  'version-taken-out': {
    label: 'Version retirée',
    sentence: facts => `${deposited(facts)}, retirée : elle ne compte plus.`,
  },
  'version-moved': {
    label: 'Dépôt déplacé',
    sentence: facts =>
      `${deposited(facts)}, déplacée vers « ${facts.toPieceName} » de ${facts.toOwnerName} ` +
      `(version ${facts.toNumber}).`,
  },
  'version-moved-in': {
    label: 'Dépôt reçu d’une autre pièce',
    sentence: facts =>
      `${deposited(facts)}, déposée par le porteur pour ${facts.ownerName} ` +
      `(reçue d’abord pour « ${facts.fromPieceName} » de ${facts.fromOwnerName}).`,
  },
  'closing-moved': {
    label: 'Clôture déplacée',
    sentence: facts => `Clôture de l’appel : ${movedDay(facts)}`,
    forArs: facts => `Clôture de l’appel : ${movedDay(facts, false)}`,
  },
  'opening-moved': {
    label: 'Ouverture déplacée',
    sentence: facts => `Ouverture de l’appel : ${movedDay(facts)}`,
  },
  'deadline-moved': {
    label: 'Échéance déplacée',
    sentence: ({ pieceName, before, after, basis }) =>
      `Dernier jour de « ${pieceName} » : ${ownDay(after)} (avant : ${ownDay(before)})` +
      `${basis === undefined ? '' : `, d’après : ${basis}`}.`,
  },
  'extension-granted': { label: 'Délai accordé', sentence: facts => `Délai accordé ${moreTime(facts)}` },
  'piece-reopened': { label: 'Dépôt rouvert', sentence: facts => `Dépôt rouvert ${moreTime(facts)}` },
  'reminders-set': {
    label: 'Relances réglées',
    sentence: ({ days, hasIntro }) => {
      const shown = days.length === 0 ? 'aucune automatique' : days.map(before => `J-${before}`).join(', ')
      return `Relances réglées : ${shown}${hasIntro ? ', avec un texte d’introduction' : ''}.`
    },
  },
  'reminders-paused': { label: 'Relances mises en pause', sentence: () => 'Relances mises en pause.' },
  'reminders-resumed': { label: 'Relances reprises', sentence: () => 'Relances reprises.' },
  'reminders-written': {
    label: 'Relance écrite',
    sentence: ({ people }) =>
      `Relance écrite à ${people
        .map(({ email, kind, pieces, questions = 0, dueOn }) => {
          const asked = questions === 0 ? '' : `, ${counted(questions, 'question')}`
          const late =
            dueOn === undefined
              ? ''
              : ` du ${formatDay(dueOn)}, en retard : serveur arrêté ou empêché ce jour-là`
          return `${email} (${kind}${late}, ${counted(pieces, 'pièce')}${asked})`
        })
        .join(', ')}.`,
  },
  'reminders-missed': {
    label: 'Relance non envoyée',
    sentence: ({ people }) =>
      `Relance non envoyée, le serveur étant arrêté ou empêché le jour prévu : ${people
        .map(
          ({ email, kind, dueOn, why }) => `${email} (${kind} du ${formatDay(dueOn)}, ${MISSED_WORDS[why]})`,
        )
        .join(' ; ')}.`,
  },
  'reminder-withdrawn': {
    label: 'Relance retirée',
    sentence: ({ email }) => `Relance à ${email} retirée avant son envoi : plus rien n’est attendu.`,
  },
  'digest-written': {
    label: 'Résumé de la semaine écrit',
    sentence: ({ email }) => `Résumé de la semaine écrit à ${email}.`,
  },
  'mails-sent-by-hand': {
    label: 'Message envoyé à la main',
    sentence: ({ emails }) => `Message envoyé à la main à ${emails.join(', ')}.`,
  },
  'mails-not-sent-by-hand': {
    label: 'Message remis à envoyer',
    sentence: ({ emails }) => `Message à ${emails.join(', ')} remis à envoyer : il ne l’était pas.`,
  },
  'changes-seen': {
    label: 'Changement vu, sans conséquence',
    sentence: ({ pieceName, ownerName, changes }) =>
      `« ${pieceName} » de ${ownerName} : ce qui a changé depuis sa remise est sans conséquence ` +
      `(${changes.join(' ; ')}).`,
  },
  'own-model-taken': {
    label: 'Modèle de document remplacé',
    sentence: ({ title, fileName }) => `Modèle « ${title} » remplacé par « ${fileName} ».`,
  },
  'own-model-ended': {
    label: 'Modèle du logiciel repris',
    sentence: ({ title, fileName }) =>
      `Modèle « ${title} » : retour à celui du logiciel, « ${fileName} » ne sert plus.`,
  },
  'deposits-announced': {
    label: 'Dépôts annoncés',
    sentence: ({ email, deposits }) => `Alerte écrite à ${email} : ${counted(deposits, 'dépôt')} de membres.`,
  },
}
