/** Mails between a member and its porteur: links, refusals, messages, « non applicable », receipts, codes. */

import type { CodePurpose } from '../../server/domain/confirm-by-code.ts'
import { formatClosing, formatMoment } from '../../server/domain/deadline.ts'
import type { Receipt } from '../../server/domain/receipt.ts'
import type { DatesAhead } from '../../server/domain/relance.ts'
import { count, fileSize, list } from '../pages/format.ts'
import { type Block, KEEP_PRIVATE, type Letter, LINK, letter } from './letter.ts'
import { hello } from './plain-words.ts'

interface AboutPiece {
  grappe: string
  owner: string
  piece: string
  address: string
}

const PURPOSE_WORDS: Readonly<Record<CodePurpose, string>> = {
  'cle-acces': 'ajouter une clé d’accès',
  'jeton-api': 'créer un accès API',
  revocation: 'révoquer tout ce qui laisse entrer dans votre espace',
  suppression: 'demander une suppression',
  donnees: 'recevoir une copie des données vous concernant',
  contacts: 'changer les contacts d’un membre',
  personnes: 'changer les personnes de votre espace ou leurs rôles',
  ars: 'parler au nom de l’ARS',
  reponses: 'répondre pour un membre',
}

/** « A », or « A et 3 autres membres ». */
function ownersInShort(owners: readonly string[]): string {
  const [first = '', ...others] = owners
  return others.length === 0 ? first : `${first} et ${count(others.length, 'autre membre', 'autres membres')}`
}

/** How many pieces, until when for the first of them, then when the call closes. */
function whatIsDue(ahead: DatesAhead): string {
  const { questions } = ahead
  if (questions === 0) return piecesDue(ahead)
  const asked = questions === 1 ? 'Une question attend' : `${questions} questions attendent`
  return `${ahead.pieces === 0 ? '' : `${piecesDue(ahead)} `}${asked} votre réponse.`
}

function piecesDue({ pieces, nearestOn, dueFirst, closesOn }: DatesAhead): string {
  if (pieces === 0) return 'Rien n’est à déposer aujourd’hui.'
  const due = pieces === 1 ? 'Une pièce est à déposer' : `${pieces} pièces sont à déposer`
  const closing = closesOn === null ? '' : `L’appel ferme le ${formatClosing(closesOn)}.`
  if (nearestOn === null) return `${due}. ${closing || 'Aucune date limite n’est encore connue.'}`
  const first = dueFirst === pieces ? '' : `, dont ${dueFirst === 1 ? 'une' : dueFirst}`
  const until = `${due}${first} avant le ${formatClosing(nearestOn)}.`
  return closing === '' || closesOn === nearestOn ? until : `${until} ${closing}`
}

export const exchangeMails = {
  invitation(about: {
    grappe: string
    call: string
    owners: readonly string[]
    contactName: string | null
    ahead: DatesAhead
    replaces: boolean
  }): Letter {
    const { grappe, call, owners, replaces } = about
    const quoted = list(owners.map(owner => `« ${owner} »`))
    const takePart =
      `${quoted} ${owners.length < 2 ? 'participe' : 'participent'} à la grappe ` +
      `« ${grappe} » pour l’appel « ${call} ».`
    return letter(
      `${replaces ? 'Nouveau lien : pièces' : 'Pièces'} à déposer pour ${ownersInShort(owners)} – ${grappe}`,
      [
        hello(about.contactName),
        `${takePart} ${whatIsDue(about.ahead)}`,
        ...(replaces ? ['Ce nouveau lien remplace le précédent, qui ne fonctionne plus.'] : []),
        'Ouvrez ce lien : vous y verrez ce qui est attendu et pourrez déposer vos fichiers, ' +
          'sans créer de compte, en plusieurs fois si besoin.',
        { button: 'Ouvrir vos pièces', target: LINK },
        KEEP_PRIVATE,
      ],
    )
  },

  pieceRefused({
    grappe,
    owner,
    piece,
    address,
    motive,
    by,
  }: AboutPiece & { motive: string; by: 'le porteur' | 'l’antivirus' }): Letter {
    return letter(`À corriger : ${piece} – ${owner}`, [
      'Bonjour,',
      `La pièce « ${piece} » de « ${owner} » (grappe « ${grappe} ») est à corriger. Motif ` +
        `indiqué par ${by} :`,
      { quote: motive },
      'Déposez une nouvelle version ; la précédente est conservée.',
      { button: 'Corriger la pièce', target: { address } },
    ])
  },

  messages(about: AboutPiece & { messages: readonly { author: string; text: string }[] }): Letter {
    const { grappe, owner, piece, messages } = about
    return letter(`Message : ${piece} – ${owner}`, [
      'Bonjour,',
      `Au sujet de la pièce « ${piece} » de « ${owner} » (grappe « ${grappe} ») :`,
      ...messages.flatMap(({ author, text }): Block[] => [`${author} écrit :`, { quote: text }]),
      'Répondez sur la page de la pièce, et non à ce message.',
      { button: 'Répondre', target: { address: about.address } },
    ])
  },

  nonApplicableAsked(about: AboutPiece & { askedBy: string; reason: string }): Letter {
    const { grappe, owner, piece, askedBy, reason, address } = about
    return letter(`Non applicable ? ${piece} – ${owner}`, [
      'Bonjour,',
      `${askedBy} indique que la pièce « ${piece} » ne s’applique pas à « ${owner} » ` +
        `(grappe « ${grappe} »). Raison :`,
      { quote: reason },
      'Confirmez ou refusez.',
      { button: 'Répondre à la demande', target: { address } },
    ])
  },

  nonApplicableRefused({ grappe, owner, piece, address, motive }: AboutPiece & { motive: string }): Letter {
    return letter(`Pièce à déposer : ${piece} – ${owner}`, [
      'Bonjour,',
      `La pièce « ${piece} » reste demandée à « ${owner} » (grappe « ${grappe} ») : elle ` +
        'n’est pas « non applicable ». Motif indiqué par le porteur :',
      { quote: motive },
      'Déposez-la, ou répondez au porteur.',
      { button: 'Ouvrir la pièce', target: { address } },
    ])
  },

  receipt({ receipt, address }: { receipt: Receipt; address: string }): Letter {
    const { pieceName, ownerName, versionNumber, depositedAt, depositedBy, received, kept } = receipt
    const entries = (files: Receipt['kept']) => ({
      entries: files.map(({ name, size, originals }) => ({
        title: name,
        details: [fileSize(size), ...(originals.length === 0 ? [] : [count(originals.length, 'photo')])],
        target: null,
      })),
    })
    return letter(`Accusé de dépôt : ${pieceName}, version ${versionNumber} – ${ownerName}`, [
      'Bonjour,',
      `La pièce « ${pieceName} » de « ${ownerName} » (grappe « ${receipt.grappeName} », ` +
        `appel « ${receipt.callTitle} ») est bien reçue.`,
      `Version ${versionNumber}, reçue le ${formatMoment(depositedAt, receipt.timeZone)} (fuseau ` +
        `${receipt.timeZone}), déposée par ${depositedBy}.`,
      ...(received.length === 0 ? [] : ['Reçu avec ce dépôt :', entries(received)]),
      ...(kept.length === 0 ? [] : ['Gardé d’un dépôt précédent :', entries(kept)]),
      { button: 'Voir le reçu', target: { address } },
      'Déposé par erreur ? La même page permet de le retirer, tant que le porteur ne l’a pas contrôlé.',
      'Le reçu en PDF y est aussi. L’empreinte (SHA-256) d’un fichier prouve qu’il est arrivé tel quel :',
      ...[...received, ...kept].map(({ name, sha256 }) => `${name}\n${sha256}`),
    ])
  },

  confirmationCode({
    code,
    purpose,
    minutes,
  }: {
    code: string
    purpose: CodePurpose
    minutes: number
  }): Letter {
    return letter('Votre code de confirmation', [
      'Bonjour,',
      `Voici le code pour ${PURPOSE_WORDS[purpose]}. Il reste valable ${minutes} minutes ` +
        'et ne sert qu’à cela :',
      code,
      'Ne le donnez à personne. Si vous n’avez rien demandé, quelqu’un d’autre a ouvert ' +
        'votre lien ou votre session : prévenez le porteur de la grappe.',
    ])
  },
}
