/** Every mail, in French plain text, readable on any screen. `{lien}` is where the address goes. */
import { formatClosing } from '../../server/domain/deadline.ts'

interface MailText {
  subject: string
  text: string
}

const paragraphs = (...parts: string[]): string => parts.join('\n\n')

const KEEP_PRIVATE =
  'Ce lien est personnel : quiconque l’ouvre peut agir à votre place. Ne le transférez qu’aux personnes concernées.'

interface SealWords {
  number: number
  complete: boolean
  hash: string
}

function sealWords({ number, complete, hash }: SealWords): string[] {
  return [
    `Version ${number}, ${complete ? 'complète' : 'INCOMPLÈTE'}. Son sceau, à comparer avec celui du fichier 00_A_LIRE.txt du ZIP :`,
    hash,
  ]
}

export const mailTexts = {
  signIn(): MailText {
    return {
      subject: 'Votre lien de connexion',
      text: paragraphs(
        'Bonjour,',
        'Voici le lien pour vous connecter à l’espace porteur. Il sert une seule fois et reste valable 30 minutes :',
        '{lien}',
        'Si vous n’avez rien demandé, ignorez ce message : personne n’est connecté.',
      ),
    }
  },

  invitation(about: {
    grappe: string
    call: string
    owner: string
    contactName: string | null
    closesOn: string | null
  }): MailText {
    const until = about.closesOn === null ? '' : ` avant le ${formatClosing(about.closesOn)}`
    return {
      subject: `Pièces à déposer pour ${about.owner} – ${about.grappe}`,
      text: paragraphs(
        about.contactName === null ? 'Bonjour,' : `Bonjour ${about.contactName},`,
        `« ${about.owner} » participe à la grappe « ${about.grappe} » pour l’appel « ${about.call} ». Ses pièces sont à déposer${until}.`,
        'Ouvrez ce lien : vous y verrez ce qui est attendu et pourrez déposer vos fichiers, sans créer de compte, en plusieurs fois si besoin :',
        '{lien}',
        KEEP_PRIVATE,
      ),
    }
  },

  reviewer(about: { grappe: string; call: string; seal: SealWords | null }): MailText {
    return {
      subject: `Dossier « ${about.grappe} » – ${about.call}`,
      text: paragraphs(
        'Bonjour,',
        `Le porteur de la grappe « ${about.grappe} » vous remet son dossier pour l’appel « ${about.call} ». Vous pouvez le lire et le télécharger ici, sans compte :`,
        '{lien}',
        ...(about.seal === null
          ? [
              'Aucune version n’est encore scellée : ce lien l’ouvrira dès qu’elle le sera, et un message vous le dira.',
            ]
          : sealWords(about.seal)),
        KEEP_PRIVATE,
      ),
    }
  },

  sealedVersion(about: SealWords & { grappe: string; call: string }): MailText {
    return {
      subject: `Version ${about.number} du dossier « ${about.grappe} » – ${about.call}`,
      text: paragraphs(
        'Bonjour,',
        `Le porteur de la grappe « ${about.grappe} » a scellé la version ${about.number} de son dossier pour l’appel « ${about.call} ». Lisez-la et téléchargez-la ici :`,
        '{lien}',
        ...sealWords(about),
        KEEP_PRIVATE,
      ),
    }
  },

  pieceRefused(about: {
    grappe: string
    owner: string
    piece: string
    motive: string
    by: 'le porteur' | 'l’antivirus'
  }): MailText {
    return {
      subject: `À corriger : ${about.piece} – ${about.owner}`,
      text: paragraphs(
        'Bonjour,',
        `La pièce « ${about.piece} » de « ${about.owner} » (grappe « ${about.grappe} ») est à corriger. Motif indiqué par ${about.by} :`,
        about.motive,
        'Déposez une nouvelle version ici ; la précédente est conservée :',
        '{lien}',
      ),
    }
  },
}
