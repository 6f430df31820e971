/** Mails between a member and its porteur: links, refusals, messages, « non applicable », receipts, codes. */
import { formatClosing, formatMoment } from '../../server/domain/deadline.ts'
import type { Receipt } from '../../server/domain/receipt.ts'
import type { SecondStepPurpose } from '../../server/domain/second-step.ts'
import { count, fileSize, list } from '../pages/format.ts'
import { KEEP_PRIVATE, type MailText, paragraphs } from './paragraphs.ts'

interface AboutPiece {
  grappe: string
  owner: string
  piece: string
  address: string
}

const PURPOSE_WORDS: Readonly<Record<SecondStepPurpose, string>> = {
  'jeton-api': 'créer un accès API',
  contacts: 'changer les contacts d’un membre',
  avis: 'rendre un avis',
}

/** « A », or « A et 3 autres membres ». */
function ownersInShort(owners: readonly string[]): string {
  const [first = '', ...others] = owners
  return others.length === 0 ? first : `${first} et ${count(others.length, 'autre membre', 'autres membres')}`
}

export const exchangeMails = {
  invitation(about: {
    grappe: string
    call: string
    owners: readonly string[]
    contactName: string | null
    closesOn: string | null
    replaces: boolean
  }): MailText {
    const { grappe, call, owners, replaces } = about
    const until = about.closesOn === null ? '' : ` avant le ${formatClosing(about.closesOn)}`
    const quoted = list(owners.map(owner => `« ${owner} »`))
    const takePart = `${quoted} ${owners.length < 2 ? 'participe' : 'participent'} à la grappe « ${grappe} » pour l’appel « ${call} ».`
    const lead = owners.length < 2 ? 'Ses pièces sont' : 'Leurs pièces sont'
    return {
      subject: `${replaces ? 'Nouveau lien : pièces' : 'Pièces'} à déposer pour ${ownersInShort(owners)} – ${grappe}`,
      text: paragraphs(
        about.contactName === null ? 'Bonjour,' : `Bonjour ${about.contactName},`,
        `${takePart} ${lead} à déposer${until}.`,
        ...(replaces ? ['Ce nouveau lien remplace le précédent, qui ne fonctionne plus.'] : []),
        'Ouvrez ce lien : vous y verrez ce qui est attendu et pourrez déposer vos fichiers, sans créer de compte, en plusieurs fois si besoin :',
        '{lien}',
        KEEP_PRIVATE,
      ),
    }
  },

  pieceRefused({
    grappe,
    owner,
    piece,
    address,
    motive,
    by,
  }: AboutPiece & { motive: string; by: 'le porteur' | 'l’antivirus' }): MailText {
    return {
      subject: `À corriger : ${piece} – ${owner}`,
      text: paragraphs(
        'Bonjour,',
        `La pièce « ${piece} » de « ${owner} » (grappe « ${grappe} ») est à corriger. Motif indiqué par ${by} :`,
        motive,
        'Déposez une nouvelle version ici ; la précédente est conservée :',
        address,
      ),
    }
  },

  messages(about: AboutPiece & { messages: readonly { author: string; text: string }[] }): MailText {
    const { grappe, owner, piece, messages } = about
    return {
      subject: `Message : ${piece} – ${owner}`,
      text: paragraphs(
        'Bonjour,',
        `Au sujet de la pièce « ${piece} » de « ${owner} » (grappe « ${grappe} ») :`,
        ...messages.flatMap(({ author, text }) => [`${author} écrit :`, text]),
        'Répondez sur la page de la pièce, et non à ce message :',
        about.address,
      ),
    }
  },

  nonApplicableAsked(about: AboutPiece & { askedBy: string; reason: string }): MailText {
    const { grappe, owner, piece, askedBy, reason, address } = about
    return {
      subject: `Non applicable ? ${piece} – ${owner}`,
      text: paragraphs(
        'Bonjour,',
        `${askedBy} indique que la pièce « ${piece} » ne s’applique pas à « ${owner} » (grappe « ${grappe} »). Raison :`,
        reason,
        'Confirmez ou refusez ici :',
        address,
      ),
    }
  },

  nonApplicableRefused({ grappe, owner, piece, address, motive }: AboutPiece & { motive: string }): MailText {
    return {
      subject: `Pièce à déposer : ${piece} – ${owner}`,
      text: paragraphs(
        'Bonjour,',
        `La pièce « ${piece} » reste demandée à « ${owner} » (grappe « ${grappe} ») : elle n’est pas « non applicable ». Motif indiqué par le porteur :`,
        motive,
        'Déposez-la ici, ou répondez au porteur :',
        address,
      ),
    }
  },

  receipt({ receipt, address }: { receipt: Receipt; address: string }): MailText {
    const { pieceName, ownerName, versionNumber, depositedAt, depositedBy, timeZone, files } = receipt
    return {
      subject: `Accusé de dépôt : ${pieceName}, version ${versionNumber} – ${ownerName}`,
      text: paragraphs(
        'Bonjour,',
        `La pièce « ${pieceName} » de « ${ownerName} » (grappe « ${receipt.grappeName} », appel « ${receipt.callTitle} ») est bien reçue.`,
        `Version ${versionNumber}, reçue ${formatMoment(depositedAt, timeZone)} (fuseau ${timeZone}), déposée par ${depositedBy}.`,
        ...files.map(({ name, size, sha256 }) => `${name} (${fileSize(size)})\nSHA-256 : ${sha256}`),
        'L’empreinte SHA-256 est propre au contenu de chaque fichier : la même chez vous prouve que le fichier est arrivé tel quel. Le reçu en PDF et la pièce sont ici :',
        address,
      ),
    }
  },

  secondStepCode({
    code,
    purpose,
    minutes,
  }: {
    code: string
    purpose: SecondStepPurpose
    minutes: number
  }): MailText {
    return {
      subject: 'Votre code de confirmation',
      text: paragraphs(
        'Bonjour,',
        `Voici le code pour ${PURPOSE_WORDS[purpose]}. Il reste valable ${minutes} minutes et ne sert qu’à cela :`,
        code,
        'Ne le donnez à personne. Si vous n’avez rien demandé, quelqu’un d’autre a ouvert votre lien ou votre session : prévenez le porteur de la grappe.',
      ),
    }
  },
}
