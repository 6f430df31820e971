/** Every mail, in French, as text and as HTML. `{lien}` is where the address goes. */
import { type Completeness, VERSION_WORDS } from '../../server/domain/completeness.ts'
import { accessMails } from './access.ts'
import { colleagueMails } from './colleagues.ts'
import { deadlineMails } from './deadlines.ts'
import { delegateMails } from './delegates.ts'
import { depositsMail } from './deposits.ts'
import { digestMail } from './digest.ts'
import { erasureMails } from './erasure.ts'
import { exchangeMails } from './exchanges.ts'
import { type Letter, LINK, letter } from './letter.ts'
import { relanceMail } from './relance.ts'
import { reviewMails } from './review.ts'

/** What the link of a reviewer lets whoever holds it do: as the porteur's page of links says it. */
const REVIEWER_LINK =
  'Ce lien est personnel : qui l’ouvre lit le dossier. Ne le transférez qu’à l’instruction. Pour dire une ' +
  'pièce conforme, demander un complément ou donner un avis, un code est envoyé à cette adresse.'

interface SealWords {
  number: number
  completeness: Completeness
  hash: string
}

function sealWords({ number, completeness, hash }: SealWords): string[] {
  return [
    `Version ${number}, ${VERSION_WORDS[completeness]}. Son sceau, à comparer ` +
      'avec celui du fichier 00_A_LIRE.txt du ZIP :',
    hash,
  ]
}

export const mailTexts = {
  signIn(): Letter {
    return letter('Votre lien de connexion', [
      'Bonjour,',
      'Voici le lien pour vous connecter à l’espace porteur. Il sert une seule fois et ' +
        'reste valable 30 minutes.',
      { button: 'Se connecter', target: LINK },
      'Si vous n’avez rien demandé, ignorez ce message : personne n’est connecté.',
    ])
  },

  reviewer(about: { grappe: string; call: string; seal: SealWords | null }): Letter {
    return letter(`Dossier « ${about.grappe} » – ${about.call}`, [
      'Bonjour,',
      `Le porteur de la grappe « ${about.grappe} » vous remet son dossier pour l’appel ` +
        `« ${about.call} ». Vous pouvez le lire et le télécharger ici, sans compte.`,
      { button: 'Lire le dossier', target: LINK },
      ...(about.seal === null
        ? [
            'Aucune version n’est encore scellée : ce lien l’ouvrira dès qu’elle le sera, et un ' +
              'message vous le dira.',
          ]
        : sealWords(about.seal)),
      REVIEWER_LINK,
    ])
  },

  sealedVersion(about: SealWords & { grappe: string; call: string }): Letter {
    return letter(`Version ${about.number} du dossier « ${about.grappe} » – ${about.call}`, [
      'Bonjour,',
      `Le porteur de la grappe « ${about.grappe} » a scellé la version ${about.number} de ` +
        `son dossier pour l’appel « ${about.call} ». Lisez-la et téléchargez-la ici.`,
      { button: 'Lire la version scellée', target: LINK },
      ...sealWords(about),
      REVIEWER_LINK,
    ])
  },

  ...accessMails,
  ...colleagueMails,
  ...delegateMails,
  ...exchangeMails,
  ...reviewMails,
  ...deadlineMails,
  ...erasureMails,
  relance: relanceMail,
  deposits: depositsMail,
  digest: digestMail,
}
