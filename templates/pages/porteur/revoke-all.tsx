/** What would end, who would be given another link, and the one button that does it. */
import type { JSX } from 'preact'
import { PASSKEY_PAGES, urlTo } from '../../../schema/urls.ts'
import { Csrf } from '../components.tsx'
import { count, list } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'

interface OfGrappe {
  grappe: string
  label: string
}

interface RevokeAllProps {
  frame: PorteurFrame
  /** What works now. */
  works: {
    sessions: number
    tokens: number
    signIns: number
    links: number
    calendars: number
    /** Who is given another link by mail. */
    mailed: readonly (OfGrappe & { email: string; isReviewer: boolean })[]
    /** Who is given one by the porteur's own hand. */
    byHand: readonly OfGrappe[]
    /** Who is given none. */
    former: readonly OfGrappe[]
  }
  /** False when the server has no mail server. */
  sends: boolean
}

export function RevokeAll({ frame, works, sends }: RevokeAllProps): JSX.Element {
  return (
    <Layout frame={frame} porteur={frame} title="Tout révoquer" wide>
      <nav aria-label="Fil d’Ariane" class="crumbs">
        <a href={urlTo('sessions')}>Mes sessions</a>
      </nav>
      <h1>Tout révoquer</h1>
      <p class="lead">
        Un ordinateur volé, une boîte aux lettres ouverte par un autre : mettez fin d’un coup à tout ce qui
        laisse entrer ici. Rien de ce qui est déposé, décidé ou scellé ne change.
      </p>
      <Ends works={works} />
      <Renewals works={works} />
      <form class="card" method="post" action={urlTo('revokeAll')}>
        <h2>Révoquer</h2>
        <Csrf token={frame.csrf} />
        <p>
          Votre session prend fin aussi : vous vous connecterez de nouveau par un lien reçu à {frame.email}.
          Chaque personne de votre espace est prévenue par e-mail. Confirmez par un code ou une clé d’accès.
        </p>
        {works.links === 0 ? null : (
          <div class="choice">
            <input type="checkbox" id="renouveler" name="renouveler" value="oui" checked />
            <label htmlFor="renouveler">
              Donner aussitôt de nouveaux liens
              {sends
                ? null
                : '\u00a0: ils attendront dans la boîte d’envoi, ce serveur n’envoyant pas d’e-mails'}
            </label>
          </div>
        )}
        <p class="actions">
          <button type="submit" class="danger">
            Tout révoquer
          </button>
          <a href={urlTo('sessions')}>Annuler</a>
        </p>
      </form>
    </Layout>
  )
}

function Ends({ works }: Pick<RevokeAllProps, 'works'>) {
  const { sessions, tokens, signIns, links, calendars } = works
  return (
    <section aria-labelledby="fin">
      <h2 id="fin">Ce qui prend fin</h2>
      <dl class="facts">
        <div>
          <dt>Sessions</dt>
          <dd>{count(sessions, 'navigateur connecté', 'navigateurs connectés')}, le vôtre compris</dd>
        </div>
        <div>
          <dt>Accès API</dt>
          <dd>
            {tokens === 0
              ? 'aucun'
              : `${count(tokens, 'logiciel est refusé', 'logiciels sont refusés')}, jusqu’à un autre accès`}
          </dd>
        </div>
        <div>
          <dt>Liens de connexion et invitations de collègues</dt>
          <dd>
            {count(signIns, 'lien non utilisé', 'liens non utilisés')} ; une personne invitée en demandera un
            avec son adresse
          </dd>
        </div>
        <div>
          <dt>Liens des membres et de l’ARS</dt>
          <dd>{count(links, 'lien')}</dd>
        </div>
        <div>
          <dt>Agendas</dt>
          <dd>
            {calendars === 0 ? 'aucun' : `${count(calendars, 'adresse')}, que chacun recrée depuis sa page`}
          </dd>
        </div>
      </dl>
      <p>
        Restent : les personnes et leurs rôles, et vos <a href={PASSKEY_PAGES.porteur.list}>clés d’accès</a>,
        qui confirment un acte mais ne font entrer personne.
      </p>
    </section>
  )
}

function Renewals({ works: { mailed, byHand, former } }: Pick<RevokeAllProps, 'works'>) {
  if (mailed.length + byHand.length + former.length === 0) return null
  return (
    <section aria-labelledby="nouveaux">
      <h2 id="nouveaux">Qui reçoit un nouveau lien</h2>
      {mailed.length === 0 ? null : (
        <>
          <p>
            Par e-mail, si vous le demandez plus bas. Si l’une de ces adresses vous est inconnue, révoquez
            sans donner de nouveaux liens, puis invitez vous-même.
          </p>
          <details open={mailed.length <= FEW}>
            <summary>{count(mailed.length, 'lien part', 'liens partent')} par e-mail</summary>
            <DataTable
              label="Par e-mail"
              columns={['Adresse', 'Lien', 'Grappe']}
              rows={mailed.map(({ email, label, grappe, isReviewer }, position) => ({
                id: String(position),
                cells: [email, isReviewer ? `${label} (ARS)` : label, grappe],
              }))}
            />
          </details>
        </>
      )}
      {byHand.length === 0 ? null : (
        <p>À remettre vous-même depuis la page Liens, faute d’adresse : {list(byHand.map(placed))}.</p>
      )}
      {former.length === 0 ? null : (
        <p>Sans nouveau lien, faute d’être encore contact d’un membre : {list(former.map(placed))}.</p>
      )}
    </section>
  )
}

/** Beyond, the list is folded: what is to be decided comes right after it, on a phone too. */
const FEW = 6

const placed = ({ label, grappe }: OfGrappe) => `${label} (${grappe})`
