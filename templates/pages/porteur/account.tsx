/** The end of a porteur's account: what goes, when, and how to take it back. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { dayOf, formatDay } from '../../../server/domain/deadline.ts'
import { DELETION_DELAY_DAYS } from '../../../server/domain/retention.ts'
import { Csrf } from '../components.tsx'
import { count, list, moment } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'

interface AccountProps {
  frame: PorteurFrame
  account: {
    deletion: { askedBy: string; askedAt: Instant; deletesAt: Instant } | null
    grappes: readonly { name: string; holdMotive: string | null }[]
    people: readonly string[]
    calls: number
  }
}

/** An account belongs to no call: the programme's own zone. */
const ZONE = 'Europe/Paris'

export const deletionDay = (deletesAt: Instant): string => formatDay(dayOf(deletesAt, ZONE))

export function AccountPage({ frame, account }: AccountProps): JSX.Element {
  const { deletion, grappes } = account
  const held = grappes.filter(({ holdMotive }) => holdMotive !== null)
  return (
    <Layout frame={frame} porteur={frame} title="Supprimer le compte">
      <nav aria-label="Fil d’Ariane" class="crumbs">
        <a href={urlTo('sessions')}>Mes sessions</a>
      </nav>
      <h1>Supprimer le compte</h1>
      <p class="lead">
        {deletion === null
          ? `Tout ce que ce compte contient est effacé ${DELETION_DELAY_DAYS} jours après votre demande.`
          : `Tout sera effacé le ${deletionDay(deletion.deletesAt)}.`}{' '}
        D’ici là rien ne change, et la demande s’annule.
      </p>
      <Goes account={account} />
      <section class="card" aria-labelledby="demande">
        <h2 id="demande">{deletion === null ? 'Demander la suppression' : 'Suppression demandée'}</h2>
        {deletion === null ? null : (
          <p>
            Demandée par {deletion.askedBy} le {moment(deletion.askedAt, ZONE)}.
          </p>
        )}
        {held.length === 0 ? null : (
          <p>
            L’effacement de {list(held.map(quoted))} est suspendu : levez la suspension dans ses réglages,
            page Conservation. Tant qu’elle dure, le compte reste.
          </p>
        )}
        {deletion === null && held.length > 0 ? null : (
          <form method="post" action={urlTo('account')}>
            <Csrf token={frame.csrf} />
            <input type="hidden" name="acte" value={deletion === null ? 'demander' : 'annuler'} />
            {deletion === null ? (
              <p>
                Confirmez par un code ou une clé d’accès. Chaque personne du compte est prévenue par e-mail.
              </p>
            ) : null}
            <p class="actions">
              <button type="submit" class={deletion === null ? 'danger' : ''}>
                {deletion === null ? 'Demander la suppression' : 'Annuler la suppression'}
              </button>
            </p>
          </form>
        )}
      </section>
    </Layout>
  )
}

function Goes({ account: { grappes, people, calls } }: Pick<AccountProps, 'account'>) {
  return (
    <section aria-labelledby="part">
      <h2 id="part">Ce qui est effacé</h2>
      <ul>
        <li>
          {grappes.length === 0
            ? 'aucune grappe'
            : `${count(grappes.length, 'grappe')} : ${list(grappes.map(quoted))}, avec ` +
              'leurs pièces, dossiers scellés, membres, contacts et échanges'}
        </li>
        <li>
          {count(people.length, 'personne')} : {list(people)}, avec leurs sessions, leurs accès API et leurs
          messages
        </li>
        <li>{count(calls, 'appel écrit ici', 'appels écrits ici')}</li>
      </ul>
      <p>
        Restent des dates, des comptes et des empreintes, sans aucun nom, et ce que gardent les sauvegardes du
        serveur, le temps qu’elles durent. Une personne qui est aussi d’un autre compte y garde sa place.
        Téléchargez avant ce que vous devez garder.
      </p>
    </section>
  )
}

const quoted = ({ name }: { name: string }) => `« ${name} »`
