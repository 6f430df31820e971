/**
 * `npm run verify -- FICHIER.zip`: checks a dossier against itself, with no server; with `--serveur URL`,
 * then against what was sealed there; with `--sceau EMPREINTE`, that it is the version whose seal was written
 * in a mail. Ends with 0 when all is as sealed, 1 when something differs, 2 when nothing could be checked.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import yauzl from 'yauzl'
import type { z } from 'zod'
import type { sealedFilesAnswer } from '../schema/contracts/api.ts'
import { API_PATHS, fill } from '../schema/urls.ts'
import {
  compareExtract,
  compareFiles,
  type Differences,
  EXCHANGES_PATH,
  type ListedFile,
  MANIFEST_PATH,
  namedAs,
  readManifest,
  readSums,
} from '../server/domain/seal.ts'

const USAGE = `Usage : npm run verify -- FICHIER.zip [--serveur https://…] [--sceau EMPREINTE]`
const SUMS_PATH = 'SHA256SUMS'
/** The two lists that are read as text; a larger one is no list of ours. */
const MAX_LIST_BYTES = 64_000_000

class Unusable extends Error {}

let differs = false
const say = (line: string) => process.stdout.write(`${line}\n`)
const good = (line: string) => say(`✓ ${line}`)
const bad = (line: string) => {
  differs = true
  say(`✗ ${line}`)
}

interface Archive {
  files: ListedFile[]
  texts: Map<string, string>
}

async function hashOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

/** Reads every file of the ZIP; one that cannot be read has an empty fingerprint. */
async function readArchive(path: string): Promise<Archive> {
  const zip = await yauzl.openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw new Unusable(
      `${path} ne s’ouvre pas comme un ZIP : il est absent, coupé ou abîmé. Téléchargez-le ` +
        'de nouveau ; un téléchargement coupé reprend où il en était. ' +
        `(${error instanceof Error ? error.message : error})`,
    )
  })
  const archive: Archive = { files: [], texts: new Map() }
  try {
    for await (const entry of zip.eachEntry()) {
      archive.files.push({
        path: entry.fileName,
        size: entry.uncompressedSize,
        sha256: await hashOf(await zip.openReadStreamPromise(entry)).catch(() => ''),
      })
      const isList = entry.fileName === SUMS_PATH || entry.fileName === MANIFEST_PATH
      if (!isList || entry.uncompressedSize > MAX_LIST_BYTES) continue
      const chunks: Buffer[] = []
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
      archive.texts.set(entry.fileName, Buffer.concat(chunks).toString())
    }
  } catch (error) {
    throw new Unusable(
      'La liste des fichiers de ce ZIP est abîmée : rien ne peut être vérifié. ' +
        `Téléchargez-le de nouveau. (${error instanceof Error ? error.message : error})`,
    )
  } finally {
    zip.close()
  }
  return archive
}

function tell(what: string, { missing, altered, extra }: Differences): void {
  if (missing.length + altered.length + extra.length === 0) good(what)
  for (const path of altered) bad(`${path} : contenu différent`)
  for (const path of missing) bad(`${path} : absent du ZIP`)
  for (const path of extra) bad(`${path} : en trop dans le ZIP`)
}

/** The archive against the lists that it holds. Gives its seal, null when it has none. */
function checkAlone({ files, texts }: Archive): string | null {
  const seen = new Set<string>()
  for (const { path } of files) {
    if (seen.has(path)) bad(`${path} : présent plusieurs fois`)
    seen.add(path)
  }
  const sums = texts.get(SUMS_PATH)
  if (sums === undefined) throw new Unusable(`Ce ZIP ne contient pas ${SUMS_PATH} : ce n’est pas un dossier.`)
  const listed = readSums(sums)
  tell(
    `${SUMS_PATH} : les ${listed.length} fichiers sont ceux de la liste`,
    compareFiles(
      listed,
      files.filter(({ path }) => path !== SUMS_PATH),
    ),
  )

  const text = texts.get(MANIFEST_PATH)
  const manifest = text === undefined ? null : readManifest(text)
  if (text === undefined || manifest === null) {
    say(`– ${MANIFEST_PATH} est absent ou illisible : les fichiers d’un membre, ou un brouillon.`)
    return null
  }
  const known = new Set(manifest.files.map(({ path }) => path))
  tell(
    `${MANIFEST_PATH} : les ${manifest.files.length} fichiers déposés sont ceux du sceau`,
    // What was drawn at sealing tells the seal, so it cannot be under it.
    compareFiles(
      manifest.files,
      files.filter(({ path }) => known.has(path) || (path.includes('/') && !path.endsWith(EXCHANGES_PATH))),
    ),
  )
  const seal = createHash('sha256').update(text).digest('hex')
  say(`  Version ${manifest.number} de ${manifest.name}`)
  say(`  Sceau : ${seal}`)
  return seal
}

async function checkAgainstServer(
  path: string,
  { files }: Archive,
  seal: string,
  server: string,
  isExtract: boolean,
): Promise<void> {
  const url = server.replace(/\/$/, '') + fill(API_PATHS.sealByHash, { hash: seal })
  const response = await fetch(url).catch((error: unknown) => {
    throw new Unusable(`${server} ne répond pas : ${error instanceof Error ? error.message : error}`)
  })
  if (response.status === 404) {
    bad(`${server} ne connaît aucune version sous ce sceau`)
    return
  }
  if (!response.ok) throw new Unusable(`${server} a répondu ${response.status}.`)
  const sealed = (await response.json()) as z.infer<typeof sealedFilesAnswer>
  if (isExtract) {
    const extract = files.filter(({ path }) => path !== SUMS_PATH)
    tell(
      `${server} : ${extract.length} fichiers sur ${sealed.files.length}, tels qu’ils ont été scellés`,
      compareExtract(namedAs(sealed.files, extract), extract),
    )
    return
  }
  tell(
    `${server} : les ${sealed.files.length} fichiers sont ceux qui ont été scellés`,
    compareFiles(namedAs(sealed.files, files), files),
  )
  if (sealed.zipSha256 === null) return
  if ((await hashOf(createReadStream(path))) === sealed.zipSha256)
    good('Le ZIP est identique, à l’octet près')
  else if (!differs) say('– Les fichiers sont les mêmes, mais le ZIP a été refait : ses octets diffèrent.')
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { serveur: { type: 'string' }, sceau: { type: 'string' } },
  })
  const [path, ...rest] = positionals
  if (path === undefined || rest.length > 0) throw new Unusable(USAGE)
  const archive = await readArchive(path)
  const seal = checkAlone(archive)
  if (values.sceau !== undefined && seal === null && values.serveur === undefined) {
    bad('Ce ZIP n’a pas de sceau : pour le comparer au sceau donné, ajoutez --serveur URL')
  } else if (values.sceau !== undefined && seal !== null) {
    if (values.sceau.toLowerCase() === seal) good('C’est bien le sceau attendu')
    else bad(`Le sceau attendu était ${values.sceau}`)
  }
  if (values.serveur !== undefined) {
    const sought = seal ?? values.sceau?.toLowerCase()
    if (sought === undefined) bad('Sans sceau, rien à comparer avec le serveur : donnez-le par --sceau')
    else await checkAgainstServer(path, archive, sought, values.serveur, seal === null)
  } else if (seal !== null && values.sceau === undefined) {
    say('  Comparez ce sceau à celui du message reçu, ou ajoutez --serveur URL.')
  }
  say(differs ? 'DIFFÉRENT de ce qui a été scellé.' : 'Rien ne diffère.')
  process.exitCode = differs ? 1 : 0
}

main().catch((error: unknown) => {
  const usage = error instanceof TypeError && 'code' in error ? `${error.message}\n${USAGE}` : null
  const text =
    error instanceof Unusable ? error.message : (usage ?? (error instanceof Error ? error.stack : error))
  process.stderr.write(`${text}\n`)
  process.exitCode = 2
})
