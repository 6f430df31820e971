/**
 * Files that no piece takes, by what they are: each kind with what to do about it. People send what their
 * mail program, their scanner or their signature software gave them.
 */

/**
 * What a kind is called after « c’est », and what its owner can do; `FORMATS` stands for what the piece
 * takes.
 */
interface FileKind {
  mediaTypes: RegExp
  /** As names end, for a page that has no bytes to read yet: the same words as the server's. */
  extensions: readonly string[]
  words: string
}

const SAVE_AS =
  'Ouvrez-le, choisissez « Enregistrer sous » ou « Exporter », puis déposez cette copie en FORMATS.'

export const FILE_KINDS: readonly FileKind[] = [
  {
    mediaTypes: /^(message\/rfc822|application\/vnd\.ms-outlook)$/,
    extensions: ['eml', 'msg'],
    words: 'c’est un courriel. Ouvrez-le, enregistrez le document qui y est joint, puis déposez ce document.',
  },
  {
    mediaTypes: /^application\/(zip|vnd\.rar|x-rar-compressed|x-7z-compressed|gzip|x-tar|x-bzip2|x-xz)$/,
    extensions: ['zip', 'rar', '7z', 'gz', 'tar'],
    words:
      'c’est une archive, qui renferme d’autres fichiers. Ouvrez-la (clic droit, « Extraire tout »), ' +
      'puis déposez les documents qu’elle contient.',
  },
  {
    mediaTypes: /^application\/pkcs7-mime$/,
    extensions: ['p7m'],
    words:
      'c’est une enveloppe de signature électronique, que peu de logiciels ouvrent. Ouvrez-la avec votre ' +
      'logiciel de signature, enregistrez le document signé en PDF, puis déposez-le.',
  },
  {
    mediaTypes: /^(application|text)\/rtf$/,
    extensions: ['rtf'],
    words: `c’est un document au format RTF. ${SAVE_AS}`,
  },
  {
    mediaTypes: /^application\/msword$/,
    extensions: ['doc'],
    words: `c’est un document dans l’ancien format de Word (.doc). ${SAVE_AS}`,
  },
  {
    mediaTypes: /^application\/vnd\.ms-excel$/,
    extensions: ['xls'],
    words: `c’est un classeur dans l’ancien format d’Excel (.xls). ${SAVE_AS}`,
  },
  {
    mediaTypes:
      /^application\/vnd\.(ms-powerpoint|.+\.presentationml\.\w+|oasis\.opendocument\.presentation)$/,
    extensions: ['ppt', 'pptx', 'odp'],
    words: `c’est une présentation. ${SAVE_AS}`,
  },
  {
    mediaTypes: /^application\/x-iwork$/,
    extensions: ['pages', 'numbers', 'key'],
    words: `c’est un document d’un logiciel Apple (Pages, Numbers ou Keynote). ${SAVE_AS}`,
  },
  {
    mediaTypes: /^(text\/html|multipart\/related)$/,
    extensions: ['htm', 'html', 'mht', 'mhtml'],
    words: 'c’est une page web. Ouvrez-la, imprimez-la en PDF, puis déposez ce PDF.',
  },
  {
    mediaTypes: /^(video|audio)\//,
    extensions: ['avi', 'mov', 'mp3', 'mp4'],
    words: 'c’est une vidéo ou un son. Déposez le document lui-même, en FORMATS.',
  },
  {
    mediaTypes: /^image\//,
    extensions: ['bmp', 'gif', 'svg'],
    words:
      'c’est une image que cette pièce ne prend pas. Ouvrez-la, enregistrez-la ou imprimez-la en FORMATS, ' +
      'puis déposez cette copie.',
  },
]

/**
 * What it is and what to do, after « n’est pas dans un format accepté : ».
 *
 * @param formats in words, as « PDF ou Word (.docx) ».
 * @returns null for what is of no known kind.
 */
export function kindWords(mediaType: string | null, formats: string): string | null {
  const kind =
    mediaType === null ? undefined : FILE_KINDS.find(({ mediaTypes }) => mediaTypes.test(mediaType))
  return kind === undefined ? null : kind.words.replace('FORMATS', formats)
}
