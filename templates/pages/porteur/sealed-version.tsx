/** One sealed version: how far its check is, then its files, its seal and what changed. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { CopyField, Csrf } from '../components.tsx'
import { count, fileSize, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { Changes, readingWords, SealBadge, type SealView } from './seals.tsx'

interface SealedVersionProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  seal: SealView
  /** Its files are being read again. */
  checking: boolean
  timeZone: string
}

export function SealedVersionPage(props: SealedVersionProps): JSX.Element {
  const { frame, grappe, seal, checking, timeZone } = props
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="dossier"
      title={`Version ${seal.number} du dossier`}
      scripts={checking ? ['seal', 'copy'] : ['copy']}
    >
      <p>
        <a href={urlTo('dossier', { grappe: grappe.grappeId })}>Dossier et autres versions</a>
      </p>
      <p>
        <SealBadge seal={seal} />
      </p>
      {checking ? <Progress {...props} /> : null}
      {seal.state === 'refuse' ? <Refused failure={seal.failure} /> : null}
      {seal.state === 'scelle' && seal.failure !== null ? <Damaged failure={seal.failure} /> : null}
      {seal.state === 'scelle' ? <Download {...props} /> : null}
      <Frozen seal={seal} timeZone={timeZone} />
      <Changes changes={seal.mark.changes} />
      {seal.state === 'scelle' && !checking ? <Recheck {...props} /> : null}
    </GrappePage>
  )
}

function Damaged({ failure }: { failure: string }) {
  return (
    <div class="errors" role="alert">
      <h2>Des fichiers de cette version sont abîmés sur le serveur</h2>
      <p>{failure} Un téléchargement s’arrête avant le fichier abîmé : personne ne reçoit un dossier faux.</p>
    </div>
  )
}

function Download(props: SealedVersionProps) {
  const { grappe, seal } = props
  const at = { grappe: grappe.grappeId, number: String(seal.number) }
  return (
    <section class="card" aria-labelledby="telecharger">
      <h2 id="telecharger">Télécharger</h2>
      <p class="actions">
        <a class="button" href={urlTo('sealedZip', at)} download>
          Télécharger le dossier (ZIP, {fileSize(seal.zipLength)})
        </a>
        <a class="button secondary" href={urlTo('sealedXlsx', at)} download>
          Télécharger le classeur remis à l’ARS (Excel)
        </a>
        {seal.readingSize === null ? null : (
          <a class="button secondary" href={urlTo('sealedReading', at)} download>
            Télécharger le PDF de lecture ({fileSize(seal.readingSize)})
          </a>
        )}
      </p>
      {seal.readingSize === null ? <Reading {...props} /> : null}
      <p>
        Ce ZIP, ce classeur et ce PDF sont ceux que lit l’ARS : ni vos choses à faire, ni vos motifs de refus,
        ni les adresses de vos contacts. Un téléchargement coupé reprend où il en était : les octets sont
        toujours les mêmes.
      </p>
    </section>
  )
}

function Frozen({ seal, timeZone }: Pick<SealedVersionProps, 'seal' | 'timeZone'>) {
  return (
    <section aria-labelledby="scellee">
      <h2 id="scellee">Ce qui a été figé</h2>
      <dl class="facts">
        <dt>Nom</dt>
        <dd class="mono">{seal.name}</dd>
        <dt>Scellée</dt>
        <dd>
          {moment(seal.sealedAt, timeZone)} par {seal.sealedBy}
        </dd>
        <dt>Contenu</dt>
        <dd>{count(seal.fileCount, 'fichier déposé', 'fichiers déposés')}</dd>
      </dl>
      <CopyField
        id="sceau"
        label="Sceau, écrit dans le ZIP et dans le message à l’ARS"
        value={seal.sealHash}
      />
      {seal.zipSha256 === null ? null : (
        <CopyField id="empreinte" label="Empreinte SHA-256 du ZIP lui-même" value={seal.zipSha256} />
      )}
      <p>
        <a href={`${urlTo('verify')}?sceau=${seal.sealHash}`}>Vérifier un ZIP reçu</a>
      </p>
    </section>
  )
}

function Recheck({ frame, grappe, seal }: SealedVersionProps) {
  const at = { grappe: grappe.grappeId, number: String(seal.number) }
  return (
    <form method="post" action={urlTo('recheckVersion', at)} class="card">
      <Csrf token={frame.csrf} />
      <p>Vous pouvez faire relire tous ses fichiers, par exemple après une restauration.</p>
      <p class="actions">
        <button type="submit" class="secondary">
          Revérifier cette version
        </button>
      </p>
    </form>
  )
}

/** The page itself is asked again without the script; with it, only the numbers are. */
function Progress({ grappe, seal }: SealedVersionProps) {
  const at = { grappe: grappe.grappeId, number: String(seal.number) }
  const percent = Math.floor((100 * seal.checkedBytes) / Math.max(seal.totalBytes, 1))
  return (
    <section
      class="card progress"
      aria-labelledby="verification"
      data-seal-progress={urlTo('sealedProgress', at)}
    >
      <h2 id="verification">Vérification en cours</h2>
      <p>
        Chaque fichier est relu et comparé à l’empreinte prise à son dépôt. Vous pouvez quitter cette page :
        la vérification continue.
      </p>
      <progress value={seal.checkedBytes} max={seal.totalBytes} aria-label="Vérification des fichiers" />
      <p>
        <span data-seal-percent>{percent}</span> % de {fileSize(seal.totalBytes)} relus.{' '}
        <a href={urlTo('sealedVersion', at)}>Actualiser</a>
      </p>
      <p class="visually-hidden" role="status" data-seal-status />
    </section>
  )
}

/** Every piece in one PDF, until it can be taken. */
function Reading({ frame, grappe, seal }: SealedVersionProps) {
  const at = { grappe: grappe.grappeId, number: String(seal.number) }
  if (seal.readingState !== 'echec') {
    return (
      <p>
        {readingWords(seal)}. <a href={urlTo('sealedVersion', at)}>Actualiser</a>
      </p>
    )
  }
  return (
    <form method="post" action={urlTo('redrawReading', at)}>
      <Csrf token={frame.csrf} />
      <p>
        {readingWords(seal)}. {seal.readingFailure}
      </p>
      <p class="actions">
        <button type="submit" class="secondary">
          Refaire le PDF de lecture
        </button>
      </p>
    </form>
  )
}

function Refused({ failure }: { failure: string | null }) {
  return (
    <div class="errors" role="alert">
      <h2>Cette version n’a pas été scellée</h2>
      <p>{failure}</p>
    </div>
  )
}
