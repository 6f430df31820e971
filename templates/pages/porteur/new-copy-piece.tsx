/** A piece added to one grappe's copy of the call. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { MAX_BASIS } from '../../../server/domain/reported.ts'
import { type FormState, field } from '../calls/parts.tsx'
import { PieceFields } from '../calls/pieces.tsx'
import { Csrf, TextArea } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { BASIS } from './call-copy.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface NewCopyPieceProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** As JSON, once some of its facts were chosen; null: asked of everybody. */
  condition: string | null
  /** Whom that makes, in a sentence. */
  asked: string
  form: FormState
}

export function NewCopyPiece({ frame, grappe, condition, asked, form }: NewCopyPieceProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="Ajouter une pièce" errors={form.errors}>
      <form method="post" class="call-form" novalidate action={urlTo('newCopyPiece', at)}>
        <Csrf token={frame.csrf} />
        <PieceFields form={form} />
        <TextArea {...field(form, BASIS.name)} label={BASIS.label} hint={BASIS.hint} maxLength={MAX_BASIS} />
        <fieldset class="field" id="condition">
          <legend>À qui la demander</legend>
          {condition === null ? (
            <p class="hint">
              À tous, ou à certains seulement : domaine, nature du projet, catégorie, région, taille de l’OG,
              nombre d’OG, réponse à une déclaration.
            </p>
          ) : (
            <>
              <input type="hidden" name="condition" value={condition} />
              <p>Elle serait {asked}.</p>
            </>
          )}
        </fieldset>
        <p class="actions">
          <button type="submit">
            {condition === null ? 'La demander à tous : voir ce que cela change' : 'Voir ce que cela change'}
          </button>
          <button type="submit" class="secondary" name="acte" value="qui">
            {condition === null ? 'La demander à certains seulement' : 'Changer à qui la demander'}
          </button>
          <a href={urlTo('callCopy', at)}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}
