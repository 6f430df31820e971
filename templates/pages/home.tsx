/** What this is, for somebody who has never heard of it. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { type Frame, Layout } from './layout.tsx'

export function Home({ frame }: { frame: Frame }): JSX.Element {
  return (
    <Layout frame={frame} title="Accueil">
      <h1>La candidature d’une grappe d’ESMS, de la première pièce au dossier complet</h1>
      <p class="lead">
        Une grappe réunit des établissements et services médico-sociaux (ESMS) qui s’équipent ensemble d’un
        même logiciel de dossier usager (DUI). Son porteur rassemble ici leurs pièces avant la clôture de
        l’appel à projets, sans tableur ni courriels à trier.
      </p>
      <p class="actions">
        <a class="button" href={urlTo('signIn')}>
          Se connecter comme porteur
        </a>
      </p>

      <section aria-labelledby="etapes">
        <h2 id="etapes">Quatre étapes</h2>
        <ol class="steps">
          <li>
            <h3>Éligibilité</h3>
            <p>Chaque règle de l’appel donne son verdict : pourquoi, qui est concerné, comment corriger.</p>
          </li>
          <li>
            <h3>Collecte</h3>
            <p>
              Chaque établissement reçoit un lien, dépose ses fichiers sans créer de compte, et garde un reçu.
            </p>
          </li>
          <li>
            <h3>Contrôle</h3>
            <p>
              Le porteur accepte chaque pièce, ou la refuse avec un motif que l’établissement lit aussitôt.
            </p>
          </li>
          <li>
            <h3>Dossier</h3>
            <p>
              Un ZIP bien rangé et un classeur disent ce qui est là et ce qui manque. L’ARS les lit par un
              lien.
            </p>
          </li>
        </ol>
      </section>

      <section aria-labelledby="parcours">
        <h2 id="parcours">Vous êtes…</h2>
        <div class="journeys">
          <div class="card">
            <h3>Porteur de la grappe</h3>
            <p>Vous créez la grappe, invitez ses membres et suivez chaque pièce.</p>
            <p>
              <a href={urlTo('signIn')}>Recevoir un lien de connexion par e-mail</a>
            </p>
          </div>
          <div class="card">
            <h3>ESMS ou organisme gestionnaire</h3>
            <p>
              Ouvrez le lien reçu de votre porteur : il mène à vos pièces, sans compte ni mot de passe. Lien
              perdu ? Demandez-le à votre porteur.
            </p>
          </div>
          <div class="card">
            <h3>Instructeur de l’ARS</h3>
            <p>
              Ouvrez le lien remis par le porteur : vous lisez le verdict et chaque pièce, et vous téléchargez
              le dossier.
            </p>
          </div>
        </div>
      </section>

      <p>
        <strong>Ce site n’est pas un service de l’État.</strong> Il prépare le dossier ; le dépôt officiel se
        fait là où l’appel à projets le demande.
      </p>
      <p>
        Un logiciel peut faire ce que font les pages : <a href={urlTo('apiDocs')}>documentation de l’API</a>.
      </p>
    </Layout>
  )
}
