/** For whoever started the server: its FINESS registry, and every mail that waits in its outbox. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import type { Instant } from '../../server/domain/call.ts'
import type { MailFacts } from '../../server/domain/mail.ts'
import { Empty } from './components.tsx'
import { FilePicker } from './file-picker.tsx'
import { moment } from './format.ts'
import { type Frame, Layout } from './layout.tsx'
import { HELD_WORDS } from './porteur/mail-state.tsx'

interface OutboxMail extends Pick<MailFacts, 'failure' | 'held'> {
  id: string
  recipient: string
  subject: string
  /** Holds `link` as plain text, where there is one. */
  text: string
  link: string | null
  createdAt: Instant
  /** Whether it waits for a link that this server cannot make. */
  linkLost: boolean
}

interface AdministrationProps {
  frame: Frame
  token: string
  /** Which FINESS registry is loaded, in words; null without one. */
  registry: string | null
  /** Sentences about the import just made; null otherwise. */
  outcome: { lines: readonly string[]; refused: boolean } | null
  /** Newest first; null where a mail server sends them, to their recipients alone. */
  mails: readonly OutboxMail[] | null
}

/** Mails belong to no call: the programme's own zone. */
const TIME_ZONE = 'Europe/Paris'

/** The last messages are read at once; hundreds would hide each other. */
const MOST_OPEN = 3

export function Administration({ frame, token, registry, outcome, mails }: AdministrationProps): JSX.Element {
  return (
    <Layout frame={frame} title="Administration" scripts={['picker']}>
      <h1>Administration du serveur</h1>
      <p>
        <a href={urlTo('serverState', { token })}>État du serveur</a>
      </p>
      <h2>Registre FINESS</h2>
      {outcome === null ? null : (
        <div class={outcome.refused ? 'errors' : 'notice'} role={outcome.refused ? 'alert' : 'status'}>
          {outcome.lines.map(line => (
            <p key={line}>{line}</p>
          ))}
        </div>
      )}
      <p>
        {registry === null
          ? 'Aucun registre n’est chargé : les numéros sont contrôlés par leur clé, ' +
            'et affichés « non vérifié ».'
          : `Le ${registry} est chargé.`}
      </p>
      <form
        method="post"
        action={urlTo('registryImport', { token })}
        enctype="multipart/form-data"
        class="card"
      >
        <div class="field">
          <label htmlFor="registre" id="registre-nom">
            Fichier du registre
          </label>
          <p class="hint" id="registre-aide">
            etalab-cs1100502-….csv ou finess-structures-….json.gz, tel qu’il est publié. L’import prend
            quelques dizaines de secondes, pendant lesquelles les pages attendent ; il remplace le registre
            d’un seul coup, ou n’y change rien.
          </p>
          <FilePicker id="registre" describedBy="registre-aide" />
        </div>
        <button type="submit">Importer le registre</button>
      </form>
      {mails === null ? null : <Outbox mails={mails} />}
    </Layout>
  )
}

function Outbox({ mails }: { mails: readonly OutboxMail[] }) {
  return (
    <>
      <h2>Boîte d’envoi</h2>
      <p>
        Ce serveur n’envoie pas d’e-mails : ses messages attendent ici, du plus récent au plus ancien. Ouvrez
        leurs liens comme le ferait leur destinataire.
      </p>
      {mails.length === 0 ? (
        <Empty title="Aucun message pour l’instant.">
          <p>
            Un message paraît ici dès qu’un porteur demande à se connecter, invite un membre ou refuse une
            pièce.
          </p>
        </Empty>
      ) : (
        mails.map((mail, order) => (
          <details class="card mail" key={mail.id} open={order < MOST_OPEN}>
            <summary>
              {mail.subject}
              <span class="muted">
                {' '}
                à {mail.recipient}, le {moment(mail.createdAt, TIME_ZONE)}
              </span>
            </summary>
            {mail.held === null ? null : (
              <p class="motive">
                {HELD_WORDS[mail.held.by]} : il part le {moment(mail.held.until, TIME_ZONE)}.
              </p>
            )}
            {mail.failure === null ? null : (
              <p class="motive">
                {mail.linkLost ? 'Il attend, et ne part pas' : 'Le serveur de messagerie ne l’a pas pris'}
                {` : ${mail.failure}`}
              </p>
            )}
            <MailText text={mail.text} link={mail.link} />
          </details>
        ))
      )}
    </>
  )
}

/** Paragraphs and lines as written, with the link's address made one to click. */
function MailText({ text, link }: { text: string; link: string | null }) {
  return (
    <div class="mail-text">
      {text.split(/\n{2,}/).map(paragraph => (
        <p key={paragraph}>
          {paragraph.split('\n').map((line, row) => (
            <>
              {row > 0 ? <br /> : null}
              {line === link ? <a href={link}>{line}</a> : line}
            </>
          ))}
        </p>
      ))}
    </div>
  )
}
