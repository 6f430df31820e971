/** Every mail, in French plain text, readable on any screen. `{lien}` is where the address goes. */
import { exchangeMails } from './exchanges.ts'
import { KEEP_PRIVATE, type MailText, paragraphs } from './paragraphs.ts'

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

  ...exchangeMails,
}
