/** Whom a piece of the grappe's copy concerns: the editor of calls, over this grappe's own members. */
import type { JSX } from 'preact'
import { MAX_BASIS } from '../../../server/domain/reported.ts'
import { ConditionEditor, type ConditionEditorProps, Kept } from '../calls/condition.tsx'
import { field } from '../calls/parts.tsx'
import { Csrf, TextArea } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { BASIS } from './call-copy.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface CopyConditionProps extends Omit<ConditionEditorProps, 'csrf' | 'hidden'> {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** Of the piece. */
  name: string
  /** As JSON: nothing of it is kept before it is applied. */
  condition: string
  /** Whether the piece is being added: its form was filled before, and is kept. */
  isNew: boolean
  /** Where one leaves without changing anything. */
  backUrl: string
}

export function CopyCondition(props: CopyConditionProps): JSX.Element {
  const { frame, grappe, name, condition, url, kept, isNew, form } = props
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab={null}
      title="Qui est concerné"
      errors={form.errors}
      scripts={['condition']}
    >
      <p class="lead">« {name} » serait :</p>
      <ConditionEditor {...props} csrf={frame.csrf} hidden={[['condition', condition]]} />
      <form method="post" action={url} class="card" novalidate>
        <h2>{isNew ? 'Ajouter cette pièce' : 'Appliquer à cette grappe'}</h2>
        <Csrf token={frame.csrf} />
        <Kept kept={kept} />
        <input type="hidden" name="condition" value={condition} />
        {isNew ? null : (
          <TextArea
            {...field(form, BASIS.name)}
            label={BASIS.label}
            hint={BASIS.hint}
            maxLength={MAX_BASIS}
          />
        )}
        <p class="actions">
          <button type="submit" name="acte" value="appliquer">
            Voir ce que cela change
          </button>
          {isNew ? (
            <button type="submit" class="secondary" name="acte" value="reprendre">
              Revenir à la pièce
            </button>
          ) : null}
          <a href={props.backUrl}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}
