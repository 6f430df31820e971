/** What this server keeps of people: the register, and what each may ask for. */
import type { JSX } from 'preact'
import type { Processing } from '../../server/domain/register.ts'
import { DELETION_DELAY_DAYS } from '../../server/domain/retention.ts'
import { type Frame, Layout } from './layout.tsx'

interface PersonalDataProps {
  frame: Frame
  lines: readonly Processing[]
  /** Who answers, as whoever runs the server wrote it; null when nobody did. */
  contact: string | null
}

export function PersonalData({ frame, lines, contact }: PersonalDataProps): JSX.Element {
  return (
    <Layout frame={frame} title="Données personnelles" wide>
      <h1>Données personnelles</h1>
      <p class="lead">
        Ce que ce service garde, pourquoi, combien de temps, et qui le voit. Les durées de cette page sont
        celles que le serveur applique lui-même, chaque heure.
      </p>
      <section aria-labelledby="registre">
        <h2 id="registre">Registre</h2>
        <section class="scroll" tabindex={0} aria-label="Registre des traitements">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Quoi</th>
                <th scope="col">Pourquoi</th>
                <th scope="col">Combien de temps</th>
                <th scope="col">Qui le voit</th>
              </tr>
            </thead>
            <tbody>
              {lines.map(({ what, why, howLong, whoSees }) => (
                <tr key={what}>
                  <th scope="row">{what}</th>
                  <td>{why}</td>
                  <td>{howLong}</td>
                  <td>{whoSees}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </section>
      <section aria-labelledby="droits">
        <h2 id="droits">Ce que vous pouvez demander</h2>
        <ul>
          <li>Corriger vos coordonnées : sur votre page, ou auprès du porteur de votre grappe.</li>
          <li>Recevoir une copie de vos données : sur votre page, par un code reçu à votre adresse.</li>
          <li>
            Les faire effacer : auprès du porteur de votre grappe, qui voit ce qui peut l’être et ce qui doit
            rester.
          </li>
          <li>
            Supprimer une grappe : son porteur la demande depuis ses réglages ; elle est effacée{' '}
            {DELETION_DELAY_DAYS} jours plus tard.
          </li>
        </ul>
        <p>
          Le porteur de chaque grappe décide de ce qui s’y fait et répond de ses données ; qui administre ce
          serveur les héberge.{' '}
          {contact === null
            ? 'Qui administre ce serveur n’a pas renseigné à qui écrire : écrivez au porteur de votre grappe.'
            : `Pour ce serveur, écrivez à : ${contact}.`}
        </p>
      </section>
    </Layout>
  )
}
