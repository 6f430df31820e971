/** What a person may ask about its own data, on its own link. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Layout } from '../layout.tsx'
import type { MemberPage } from './home.tsx'

export function OwnData(props: MemberPage & { email: string | null }): JSX.Element {
  const { frame, token, memberName, grappeName, porteurEmail, email } = props
  return (
    <Layout frame={frame} title="Vos données" who={memberName}>
      <h1>Vos données</h1>
      <p>
        <a href={urlTo('personalData')}>Ce que ce service garde, pourquoi, et pour qui</a>
      </p>
      <section class="card" aria-labelledby="copie">
        <h2 id="copie">Une copie</h2>
        {email === null ? (
          <p>
            Ce lien n’a été remis à aucune adresse : il ne dit pas qui vous êtes. Demandez au porteur un lien
            à votre nom.
          </p>
        ) : (
          <form method="post" action={urlTo('memberData', { token })}>
            <p>
              Tout ce que la grappe {`« ${grappeName} »`} garde de <strong>{email}</strong>, en un fichier
              JSON : coordonnées, liens, messages reçus, dépôts et échanges signés, lignes du journal. Un code
              vous est envoyé d’abord.
            </p>
            <button type="submit">Recevoir une copie</button>
          </form>
        )}
      </section>
      <section class="card" aria-labelledby="effacement">
        <h2 id="effacement">Un effacement</h2>
        <p>
          Demandez-le au porteur, {porteurEmail} : il voit ce qui peut être effacé, et ce qui doit rester avec
          la raison. Les pièces déposées sont à l’établissement.
        </p>
      </section>
      <p>
        <a href={urlTo('memberHome', { token })}>Retour à vos pièces</a>
      </p>
    </Layout>
  )
}
