/** The form of a clé de répartition, and that of the measures that it shares by. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { PROJETS } from '../../../server/domain/call.ts'
import {
  COST_KINDS,
  isTypedMeasure,
  MEASURES,
  type SharingFacts,
  type SharingKey,
} from '../../../server/domain/sharing/key.ts'
import type { SharingPreset } from '../../../server/domain/sharing/presets.ts'
import { measuresUsed } from '../../../server/domain/sharing/share.ts'
import { COST_KIND_WORDS, MEASURE_TITLES, SHARED_BY } from '../../../server/domain/sharing/words.ts'
import { Csrf, Field, type FieldError, Radios, Select } from '../components.tsx'
import { capital } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { PROJET_WORDS } from './members.tsx'

export interface SharingForm {
  /** By the names of `server/http/sharing-fields.ts`. */
  fields: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  costRows: number
  preset: SharingPreset | null
  isOpen: boolean
}

interface FormProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  sharingKey: SharingKey | null
  revision: number
  form: SharingForm
}

const fieldOf = ({ fields, errors }: SharingForm, name: string) => ({
  name,
  value: fields[name] ?? '',
  errors,
})

const Sent = ({ frame, revision }: Pick<FormProps, 'frame' | 'revision'>) => (
  <>
    <Csrf token={frame.csrf} />
    <input type="hidden" name="seen" value={revision} />
  </>
)

export function KeyForm({ frame, grappe, sharingKey, revision, form }: FormProps): JSX.Element {
  const url = urlTo('sharing', { grappe: grappe.grappeId })
  return (
    <section aria-labelledby="cle">
      <h2 id="cle">{sharingKey === null ? 'Écrire la clé' : 'Changer la clé'}</h2>
      {form.preset === null ? null : (
        <p class="card">
          {form.preset.title}. {form.preset.told} Rien n’est enregistré encore.
        </p>
      )}
      <details open={form.isOpen}>
        <summary>{sharingKey === null ? 'Formulaire' : 'Ouvrir le formulaire'}</summary>
        <form method="post" action={url} class="card" novalidate>
          <Sent frame={frame} revision={revision} />
          <Costs form={form} />
          <Split form={form} />
          <Hours form={form} />
          <Funding form={form} />
          <Field
            {...fieldOf(form, 'source')}
            label="D’où vient cette clé"
            hint="Par exemple : convention du 3 mars 2027, article 6."
            optional
          />
          <p class="actions">
            <button type="submit">Enregistrer la clé</button>
          </p>
        </form>
        {sharingKey === null ? null : (
          <form method="post" action={url}>
            <Sent frame={frame} revision={revision} />
            <input type="hidden" name="acte" value="retirer" />
            <p class="hint">Retirée, la clé reste lisible dans le journal.</p>
            <button type="submit" class="secondary">
              Retirer la clé
            </button>
          </form>
        )}
      </details>
    </section>
  )
}

function Costs({ form }: { form: SharingForm }) {
  return (
    <fieldset class="field">
      <legend>Coûts communs, TTC</legend>
      {Array.from({ length: form.costRows }, (_, row) => {
        const name = `costs.${row}`
        return (
          <div class="cost" key={name}>
            <Field {...fieldOf(form, `${name}.label`)} label={`Coût ${row + 1}`} optional />
            <Field
              {...fieldOf(form, `${name}.cents`)}
              label={`Montant du coût ${row + 1}, en euros`}
              optional
              width="short"
            />
            <Select
              {...fieldOf(form, `${name}.kind`)}
              label={`Nature du coût ${row + 1}`}
              choices={COST_KINDS.map(value => ({ value, label: capital(COST_KIND_WORDS[value]) }))}
            />
            <Select
              {...fieldOf(form, `${name}.projet`)}
              label={`Qui porte le coût ${row + 1}`}
              empty="Tous"
              choices={PROJETS.map(value => ({
                value,
                label: `Ceux en ${PROJET_WORDS[value]} seulement`,
              }))}
            />
          </div>
        )
      })}
      <p class="hint">Pour un coût de plus, enregistrez : deux lignes libres reviennent.</p>
    </fieldset>
  )
}

function Split({ form }: { form: SharingForm }) {
  return (
    <>
      <Radios
        name="between"
        legend="Qui paie"
        value={form.fields.between ?? ''}
        errors={form.errors}
        choices={[
          { value: 'og', label: 'Chaque organisme gestionnaire, pour ses ESMS' },
          { value: 'esms', label: 'Chaque ESMS' },
        ]}
      />
      <Radios
        name="rule"
        legend="Comment"
        value={form.fields.rule ?? ''}
        errors={form.errors}
        choices={[
          { value: 'parts', label: 'Les coûts sont partagés', hint: 'Les parts ci-dessous font 100 %.' },
          {
            value: 'forfait',
            label: 'Un forfait à l’heure',
            hint: 'Chacun paie ses heures : les parts et le plafond ne servent pas.',
          },
        ]}
      />
      <fieldset class="field">
        <legend>Parts, en pourcentage des coûts</legend>
        {MEASURES.map(measure => (
          <Field
            key={measure}
            {...fieldOf(form, `parts.${measure}`)}
            label={capital(SHARED_BY[measure])}
            optional
            width="short"
          />
        ))}
      </fieldset>
      <Field
        {...fieldOf(form, 'capCents')}
        label="Plafond pour chacun, en euros"
        hint="Ce qu’il ne paie pas revient aux autres. Vide : pas de plafond."
        optional
        width="short"
      />
    </>
  )
}

const Hours = ({ form }: { form: SharingForm }) => (
  <fieldset class="field">
    <legend>Facturation à l’heure</legend>
    <p class="hint">
      Pour un forfait, ou pour ce qui se paie en cours d’année avant la régularisation. Vide : rien ne se paie
      à l’heure.
    </p>
    <Field {...fieldOf(form, 'rate.cents')} label="Tarif d’une heure, en euros TTC" optional width="short" />
    <Field {...fieldOf(form, 'rate.nothingUnder')} label="Rien sous, en heures" optional width="short" />
    <Field {...fieldOf(form, 'rate.atMost')} label="Au plus, en heures" optional width="short" />
  </fieldset>
)

const Funding = ({ form }: { form: SharingForm }) => (
  <>
    <fieldset class="field">
      <legend>Part payée par d’autres que les membres</legend>
      <Field {...fieldOf(form, 'outside.by')} label="Par qui" hint="Par exemple : les usagers." optional />
      <Field {...fieldOf(form, 'outside.points')} label="Pourcentage des coûts" optional width="short" />
    </fieldset>
    <Radios
      name="subsidy.kind"
      legend="Subvention attendue"
      value={form.fields['subsidy.kind'] ?? ''}
      errors={form.errors}
      choices={[
        { value: '', label: 'Pas connue' },
        { value: 'appel', label: 'Celle que l’appel donne pour chaque ESMS' },
        { value: 'porteur', label: 'Un total que je donne, réparti comme les coûts' },
      ]}
    />
    <Field {...fieldOf(form, 'subsidy.cents')} label="Total attendu, en euros" optional width="short" />
    <Field
      {...fieldOf(form, 'subsidy.basis')}
      label="D’après"
      hint="Le texte, le courrier, et son jour."
      optional
    />
  </>
)

/** What is typed for each ESMS, when the key uses such a measure; the others are counted or in its record. */
export function MeasuresForm({
  frame,
  grappe,
  revision,
  sharingKey,
  facts,
  form,
}: Omit<FormProps, 'sharingKey'> & { sharingKey: SharingKey; facts: SharingFacts }): JSX.Element | null {
  const typed = measuresUsed(sharingKey).filter(isTypedMeasure)
  if (typed.length === 0 || grappe.archivedOn) return null
  const isAgain = form.fields.acte === 'mesures'
  return (
    <section aria-labelledby="mesures">
      <h2 id="mesures">Mesures</h2>
      <form method="post" action={urlTo('sharing', { grappe: grappe.grappeId })} class="card" novalidate>
        <Sent frame={frame} revision={revision} />
        <input type="hidden" name="acte" value="mesures" />
        <p class="hint">Vide : inconnu. Zéro s’écrit 0.</p>
        <div class="measures">
          {facts.esms.map(({ id, name }) => (
            <fieldset class="field" key={id}>
              <legend>{name}</legend>
              {typed.map(measure => {
                const field = `measures.${id}.${measure}`
                const kept = sharingKey.measures[id]?.[measure]
                return (
                  <Field
                    key={field}
                    name={field}
                    value={(isAgain ? form.fields[field] : kept === undefined ? '' : String(kept)) ?? ''}
                    errors={form.errors}
                    label={MEASURE_TITLES[measure]}
                    optional
                    width="short"
                  />
                )
              })}
            </fieldset>
          ))}
        </div>
        <button type="submit">Enregistrer les mesures</button>
      </form>
    </section>
  )
}
