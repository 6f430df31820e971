/** What members declare: the questions, the message that asks them, and their answers as they are noted. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { AskedDeclaration } from '../../../server/domain/declarations.ts'
import type { Esms } from '../../../server/domain/grappe.ts'
import { Csrf, Field, type FieldError, ProvenanceTag } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'

/** The name of a member's answer in the form, and the code of its line. */
export const answerField = (esmsId: string, code: string): string => `${esmsId}.${code}`

export interface DeclarationsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  declarations: readonly AskedDeclaration[]
  esms: readonly Esms[]
  /** E-mails of those who answer for a member that has not answered everything. */
  askedEmails: readonly string[]
  /** How the porteur knows, as typed in a refused form. */
  basis: string
  basisErrors: readonly FieldError[]
  /** What was chosen in a refused form, by the name of each field. */
  chosen: Readonly<Record<string, string>>
}

export function Declarations(props: DeclarationsProps): JSX.Element {
  const { frame, grappe, declarations, esms } = props
  return (
    <section class="card">
      <h2 id="declarations">Déclarations des membres</h2>
      <p>
        Ces faits, seul chaque ESMS les connaît : il y répond sur sa page, et les relances le lui rappellent.
        Si vous avez eu sa réponse autrement, notez-la ici, avec ce qui vous l’a apprise.
      </p>
      <ul>
        {declarations.map(({ code, title, statement, provenance }) => (
          <li key={code}>
            <strong>{title} :</strong> {statement === null ? 'phrase inconnue' : `« ${statement} »`}{' '}
            <ProvenanceTag id={`declaration-${code}`} provenance={provenance} />
          </li>
        ))}
      </ul>
      <AskMembers {...props} />
      <form method="post" action={urlTo('declarations', { grappe: grappe.grappeId })}>
        <Csrf token={frame.csrf} />
        <DataTable
          label="Réponses des membres"
          columns={['ESMS', ...declarations.map(({ title }) => title)]}
          rows={esms.map(each => ({
            id: each.id,
            cells: [
              each.name,
              ...declarations.map(declaration =>
                declaration.isAskedOf(each) ? (
                  <Answer
                    key={declaration.code}
                    esms={each}
                    declaration={declaration}
                    chosen={props.chosen[answerField(each.id, declaration.code)]}
                  />
                ) : (
                  'sans objet'
                ),
              ),
            ],
          }))}
        />
        <Field
          name="dapres"
          label="Vous le savez d’après"
          hint="Un appel du 3 novembre, un courriel de la directrice… Montré avec les réponses notées."
          value={props.basis}
          errors={props.basisErrors}
        />
        <p class="actions">
          <button type="submit">Enregistrer les réponses</button>
          {declarations.map(({ code, title }) => (
            <button key={code} type="submit" name="oui" value={code} class="secondary">
              « {title} » : oui pour ceux sans réponse
            </button>
          ))}
        </p>
      </form>
    </section>
  )
}

function Answer({
  esms,
  declaration,
  chosen,
}: {
  esms: Esms
  declaration: AskedDeclaration
  /** What was chosen in a refused form. */
  chosen: string | undefined
}): JSX.Element {
  const answer = esms.declarations[declaration.code]
  const source = esms.answeredBy?.[declaration.code]
  if (source?.by === 'membre') return <>{answer ? 'oui' : 'non'}, répondu par le membre</>
  const shown = chosen ?? (answer === undefined ? '' : answer ? 'oui' : 'non')
  return (
    <>
      <select
        name={answerField(esms.id, declaration.code)}
        aria-label={`${declaration.title} : ${esms.name}`}
      >
        <option value="" selected={shown === ''}>
          à demander
        </option>
        <option value="oui" selected={shown === 'oui'}>
          oui
        </option>
        <option value="non" selected={shown === 'non'}>
          non
        </option>
      </select>
      {answer === undefined ? null : <p class="hint">noté d’après : {source?.basis ?? 'non précisé'}</p>}
    </>
  )
}

/** Mail programs cut longer addresses short. */
const MOST_MAILTO = 1_900

/** The message to send by one's own mail program: nobody sees the others' addresses. */
function AskMembers({ grappe, declarations, askedEmails }: DeclarationsProps) {
  if (askedEmails.length === 0) return null
  const questions = declarations.flatMap(({ statement }) => statement ?? [])
  const text = [
    'Bonjour,',
    '',
    `Pour la candidature de la grappe « ${grappe.grappeName} » (${grappe.call.title}), merci de ` +
      'répondre par oui ou par non à chacune de ces phrases, pour chacun de vos établissements, sur la ' +
      'page que votre lien ouvre :',
    '',
    ...questions.map((question, order) => `${order + 1}. ${question}`),
    '',
    'Merci d’avance.',
  ].join('\n')
  const subject = `Grappe « ${grappe.grappeName} » : ${count(questions.length, 'question')}`
  const mailto =
    `mailto:?bcc=${encodeURIComponent(askedEmails.join(','))}` +
    `&subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text)}`
  return (
    <details>
      <summary>Le message à leur envoyer, à {count(askedEmails.length, 'adresse')}</summary>
      {mailto.length > MOST_MAILTO ? null : (
        <p>
          <a href={mailto}>Ouvrir ce message dans votre messagerie</a>, les adresses en copie cachée.
        </p>
      )}
      <p class="mail-text">{text}</p>
      <p class="mail-text">{askedEmails.join(', ')}</p>
    </details>
  )
}
