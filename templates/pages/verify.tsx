/** Checking a dossier that was received: nothing is sent, and the first part needs nobody's word. */
import type { JSX } from 'preact'
import { API_PATHS, urlTo } from '../../schema/urls.ts'
import type { Instant } from '../../server/domain/call.ts'
import type { Differences } from '../../server/domain/seal.ts'
import { CopyField } from './components.tsx'
import { FilePicker } from './file-picker.tsx'
import { count, fileSize, moment } from './format.ts'
import { type Frame, Layout } from './layout.tsx'

export interface VerifyProps {
  frame: Frame
  /** As typed, empty before. */
  hash: string
  /** As pasted, empty before. */
  sums: string
  /** Why the seal finds nothing; null otherwise. */
  problem: string | null
  /** What was sealed under it. */
  sealed: {
    /** Null once its grappe was erased. */
    name: string | null
    number: number
    sealedAt: Instant
    erasedAt: Instant | null
    zipLength: number
    zipSha256: string | null
    fileCount: number
  } | null
  /** The pasted list against the sealed plan; null before. */
  differences: Differences | null
  /** Of the list, when it is that of an extract: some files of the version. */
  extractOf: number | null
}

/** Of the service itself: people of several zones compare what they received. */
const TIME_ZONE = 'Europe/Paris'

export function VerifyPage(props: VerifyProps): JSX.Element {
  const { frame, hash, sums, problem, sealed, differences } = props
  return (
    <Layout frame={frame} title="Vérifier un dossier" scripts={['picker', 'verify', 'copy']}>
      <h1>Vérifier un dossier reçu</h1>
      <p class="lead">
        Tout ZIP remis par ce service peut être vérifié : une version scellée, les fichiers d’un membre, un
        brouillon.
      </p>

      {problem === null ? null : (
        <p class="errors" role="alert">
          {problem}
        </p>
      )}
      <ChooseZip />
      {sealed === null ? null : (
        <section aria-labelledby="scelle">
          <h2 id="scelle">Ce qui a été scellé sous ce sceau</h2>
          <Sealed sealed={sealed} />
          {differences === null ? null : <Findings {...props} differences={differences} />}
        </section>
      )}
      <section aria-labelledby="sceau-recu">
        <h2 id="sceau-recu">Comparer avec un sceau</h2>
        <CompareForm hash={hash} sums={sums} />
      </section>
      <ByCommand />
    </Layout>
  )
}

/** Read by the page's script alone: without it, the section stays hidden. */
function ChooseZip() {
  return (
    <section class="card" data-verify={API_PATHS.sealByHash} hidden>
      <div class="field">
        <label htmlFor="zip" id="zip-nom">
          Dossier à vérifier (ZIP)
        </label>
        <p class="hint" id="zip-aide">
          Il reste sur votre ordinateur : votre navigateur le lit et calcule les empreintes ; seul son sceau
          est demandé à ce service.
        </p>
        <FilePicker id="zip" accept=".zip,application/zip" describedBy="zip-aide" name={null} />
      </div>
      <div class="progress" hidden data-verify-progress>
        <progress value={0} max={1} aria-label="Lecture du ZIP" />
      </div>
      <div role="status" data-verify-result />
    </section>
  )
}

function ByCommand() {
  return (
    <details>
      <summary>Sans cette page, par des commandes</summary>
      <p>Décompressez le ZIP, puis dans le dossier obtenu, sous Linux ou macOS :</p>
      <pre>
        <code>sha256sum -c SHA256SUMS{'\n'}sha256sum 00_SCEAU.txt</code>
      </pre>
      <p>
        La première commande dit si un fichier manque ou a changé. La seconde donne le sceau : il doit être
        celui du message que vous avez reçu. Sous Windows :{' '}
        <code>certutil -hashfile 00_SCEAU.txt SHA256</code>.
      </p>
    </details>
  )
}

function Sealed({ sealed }: { sealed: NonNullable<VerifyProps['sealed']> }) {
  return (
    <>
      {sealed.erasedAt === null ? null : (
        <p>
          Le {moment(sealed.erasedAt, TIME_ZONE)}, ses fichiers et les noms ont été effacés de ce service. Ses
          empreintes restent : votre exemplaire se vérifie toujours.
        </p>
      )}
      <dl class="facts">
        {sealed.name === null ? null : (
          <>
            <dt>Nom</dt>
            <dd class="mono">{sealed.name}.zip</dd>
          </>
        )}
        <dt>Version</dt>
        <dd>
          {sealed.number}, scellée le {moment(sealed.sealedAt, TIME_ZONE)}
        </dd>
        <dt>Contenu</dt>
        <dd>
          {count(sealed.fileCount, 'fichier')}, ZIP de {fileSize(sealed.zipLength)}
        </dd>
      </dl>
      {sealed.zipSha256 === null ? null : (
        <CopyField id="empreinte" label="Empreinte SHA-256 du ZIP entier" value={sealed.zipSha256} />
      )}
    </>
  )
}

function CompareForm({ hash, sums }: Pick<VerifyProps, 'hash' | 'sums'>) {
  return (
    <form method="post" action={urlTo('verify')} class="card">
      <div class="field">
        <label htmlFor="sceau">Sceau</label>
        <p class="hint" id="sceau-aide">
          64 caractères, dans 00_A_LIRE.txt et dans le message reçu.
        </p>
        <input
          id="sceau"
          name="sceau"
          class="full mono"
          type="text"
          value={hash}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="sceau-aide"
        />
      </div>
      <div class="field">
        <label htmlFor="sommes">
          Contenu de SHA256SUMS <span class="optional">(facultatif)</span>
        </label>
        <p class="hint" id="sommes-aide">
          Collez-le pour comparer fichier par fichier.
        </p>
        <textarea id="sommes" name="sommes" rows={5} class="full mono" aria-describedby="sommes-aide">
          {sums}
        </textarea>
      </div>
      <p class="actions">
        <button type="submit">Comparer</button>
      </p>
    </form>
  )
}

function Findings({ differences, extractOf }: VerifyProps & { differences: Differences }) {
  const { missing, altered, extra } = differences
  if (missing.length + altered.length + extra.length === 0) {
    return (
      <p class="notice">
        {extractOf === null
          ? 'Chaque fichier est celui qui a été scellé.'
          : `Extrait du dossier : ${count(extractOf, 'fichier')}, chacun tel qu’il a été scellé.`}
      </p>
    )
  }
  return (
    <div class="errors" role="alert">
      <h3>Cette liste diffère de ce qui a été scellé</h3>
      <ul>
        {altered.map(path => (
          <li key={path}>
            <code>{path}</code> : contenu différent
          </li>
        ))}
        {missing.map(path => (
          <li key={path}>
            <code>{path}</code> : absent
          </li>
        ))}
        {extra.map(path => (
          <li key={path}>
            <code>{path}</code> : en trop
          </li>
        ))}
      </ul>
    </div>
  )
}
