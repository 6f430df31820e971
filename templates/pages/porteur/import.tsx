/** Members from a spreadsheet: giving the table. What was read is then shown by `import-preview.tsx`. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, ErrorSummary, type FieldError } from '../components.tsx'
import { FilePicker } from '../file-picker.tsx'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { GrappeNav, type GrappeTitle } from './grappe-nav.tsx'

export interface ImportPage {
  frame: PorteurFrame
  grappe: GrappeTitle
}

interface ImportMembersProps extends ImportPage {
  errors: readonly FieldError[]
  /** What was pasted, kept when refused. */
  pasted: string
}

function FieldMessage({ name, errors }: { name: string; errors: readonly FieldError[] }) {
  const message = errors.find(({ field }) => field === name)?.message
  return message === undefined ? null : (
    <p class="field-error" id={`${name}-erreur`}>
      {message}
    </p>
  )
}

export function ImportMembers({ frame, grappe, errors, pasted }: ImportMembersProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const isInvalid = (name: string) => errors.some(({ field }) => field === name)
  const notesOf = (name: string) => (isInvalid(name) ? `${name}-aide ${name}-erreur` : `${name}-aide`)
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`Importer des membres — ${grappe.grappeName}`}
      scripts={['picker']}
      banner={<GrappeNav grappe={grappe} current="members" />}
    >
      <ErrorSummary errors={errors} />
      <h1>Importer des membres</h1>
      <p class="lead">
        Donnez le tableau que vous avez déjà, une ligne par établissement. Chaque ligne est vérifiée et
        montrée avant que rien ne soit enregistré.
      </p>
      <p>
        Une colonne « FINESS » suffit pour commencer ; l’ordre des colonnes est libre. <ModelOffer at={at} />
      </p>

      <form method="post" action={urlTo('importPreview', at)} enctype="multipart/form-data" class="card">
        <h2>Depuis un fichier</h2>
        <Csrf token={frame.csrf} />
        <div class="field">
          <label htmlFor="fichier" id="fichier-nom">
            Tableau Excel (.xlsx), LibreOffice (.ods) ou CSV
          </label>
          <p class="hint" id="fichier-aide">
            10 Mo au plus. La première feuille visible qui a une colonne « FINESS » est lue.
          </p>
          <FieldMessage name="fichier" errors={errors} />
          <FilePicker
            id="fichier"
            accept=".xlsx,.ods,.csv,.txt"
            describedBy={notesOf('fichier')}
            invalid={isInvalid('fichier')}
          />
        </div>
        <button type="submit">Vérifier le fichier</button>
      </form>

      <form method="post" action={urlTo('importPreview', at)} class="card">
        <h2>Ou en collant des cellules</h2>
        <Csrf token={frame.csrf} />
        <div class="field">
          <label htmlFor="texte">Cellules copiées</label>
          <p class="hint" id="texte-aide">
            Dans votre tableur, sélectionnez les lignes avec leurs titres, copiez, puis collez ici.
          </p>
          <FieldMessage name="texte" errors={errors} />
          <textarea
            id="texte"
            name="texte"
            class="full"
            rows={8}
            spellcheck={false}
            aria-describedby={notesOf('texte')}
            {...(isInvalid('texte') ? { 'aria-invalid': true as const } : {})}
          >
            {pasted}
          </textarea>
        </div>
        <button type="submit">Vérifier les cellules</button>
      </form>
      <p>
        <a href={urlTo('members', at)}>Revenir aux membres</a>
      </p>
    </Layout>
  )
}

function ModelOffer({ at }: { at: { grappe: string } }) {
  return (
    <>
      Pas encore de tableau ? <a href={urlTo('importModel', at)}>Télécharger le modèle à remplir (.xlsx)</a>
    </>
  )
}
