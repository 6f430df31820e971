/** The fields of each part of the governance. */
import type { JSX } from 'preact'
import {
  FACTOR_CODES,
  FORM_CODES,
  type GovernancePart,
  IDENTITY_FIELDS,
  LEVELS,
  MANNERS,
  MEETING_STATES,
  RISK_STATES,
  ROLE_KINDS,
} from '../../../server/domain/governance/governance.ts'
import {
  FACTOR_WORDS,
  FORM_WORDS,
  IDENTITY_WORDS,
  LEVEL_WORDS,
  MANNER_WORDS,
  MEETING_WORDS,
  RISK_STATE_WORDS,
  ROLE_WORDS,
} from '../../../server/domain/governance/words.ts'
import { Field, type FieldError, Radios, Select, TextArea } from '../components.tsx'
import { capital } from '../format.ts'

export interface PartForm {
  /** By the names of `server/http/governance-fields.ts`. */
  fields: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

interface FieldsProps {
  form: PartForm
  ogs: readonly { id: string; name: string }[]
}

const fieldOf = ({ fields, errors }: PartForm, name: string) => ({ name, value: fields[name] ?? '', errors })

const choices = <Code extends string>(codes: readonly Code[], words: Readonly<Record<Code, string>>) =>
  codes.map(value => ({ value, label: capital(words[value]) }))

export function PartFields({ part, ...props }: FieldsProps & { part: GovernancePart }): JSX.Element {
  switch (part) {
    case 'identite':
      return <IdentityFields {...props} />
    case 'forme':
      return <FormFields {...props} />
    case 'roles':
      return <RoleFields {...props} />
    case 'copil':
      return <MeetingFields {...props} />
    case 'risques':
      return <RiskFields {...props} />
    case 'facteurs':
      return <FactorFields {...props} />
    case 'decisions':
      return <DecisionFields {...props} />
  }
}

const IDENTITY_HINTS: Readonly<Partial<Record<(typeof IDENTITY_FIELDS)[number], string>>> = {
  personnes: 'Celles sur qui le groupement peut compter, et pour combien de temps.',
  gouvernance: 'Les instances, qui y siège, comment on y décide.',
}

function IdentityFields({ form }: FieldsProps) {
  return (
    <>
      <p>
        Les autres rubriques sont lues dans la grappe : nom, localisation, secteur, établissements, accords.
      </p>
      {IDENTITY_FIELDS.map(field => {
        const hint = IDENTITY_HINTS[field]
        return (
          <TextArea
            key={field}
            {...fieldOf(form, field)}
            label={IDENTITY_WORDS[field]}
            optional
            {...(hint === undefined ? {} : { hint })}
          />
        )
      })}
    </>
  )
}

function FormFields({ form }: FieldsProps) {
  return (
    <>
      <p>
        La forme choisie règle la convention de partenariat préremplie. Les repères sont généraux, écrits pour
        ce logiciel : faites vérifier par votre conseil ce qu’ils impliquent pour vous.
      </p>
      <Radios
        {...fieldOf(form, 'form')}
        legend="Forme de coopération"
        choices={[
          { value: '', label: 'Pas encore choisie' },
          ...FORM_CODES.map(code => {
            const { label, governance, liability, vat, leaving } = FORM_WORDS[code]
            return {
              value: code,
              label,
              hint: `${governance} ${liability} TVA : ${vat} Entrée et retrait : ${leaving}`,
            }
          }),
        ]}
      />
      <Field
        {...fieldOf(form, 'basis')}
        label="Qui l’a choisie, et quand"
        hint="Par exemple : COPIL du 3 mars 2027."
        optional
      />
    </>
  )
}

function RoleFields({ form, ogs }: FieldsProps) {
  const { fields } = form
  const gone = fields.ogId !== undefined && fields.ogId !== '' && !ogs.some(({ id }) => id === fields.ogId)
  return (
    <>
      <Select
        {...fieldOf(form, 'kind')}
        label="Rôle"
        empty="Choisissez"
        choices={choices(ROLE_KINDS, ROLE_WORDS)}
      />
      <Field {...fieldOf(form, 'name')} label="Nom" />
      <Field
        {...fieldOf(form, 'position')}
        label="Fonction"
        hint="Ce que la personne est ou fait, par exemple « Directrice adjointe, décide du budget »."
        optional
      />
      <Field
        {...fieldOf(form, 'contact')}
        label="Comment la joindre"
        hint="Téléphone ou adresse, comme elle l’accepte."
        optional
      />
      <Select
        {...fieldOf(form, 'ogId')}
        label="Organisme"
        hint="D’un référent, celui qu’il représente."
        empty="Aucun en particulier"
        choices={[
          ...ogs.map(({ id, name }) => ({ value: id, label: name })),
          ...(gone ? [{ value: fields.ogId ?? '', label: 'Organisme retiré de la grappe' }] : []),
        ]}
      />
    </>
  )
}

function MeetingFields({ form }: FieldsProps) {
  return (
    <>
      <Field {...fieldOf(form, 'day')} label="Jour" type="date" width="short" />
      <Field {...fieldOf(form, 'time')} label="Heure" hint="Par exemple 14:30." optional width="short" />
      <Field {...fieldOf(form, 'place')} label="Lieu" optional />
      <Field {...fieldOf(form, 'object')} label="Objet" hint="Les membres le lisent dans leur agenda." />
      <Field {...fieldOf(form, 'guests')} label="Invités, en plus des membres" optional />
      <Radios
        {...fieldOf(form, 'state')}
        legend="État"
        short
        choices={choices(MEETING_STATES, MEETING_WORDS)}
      />
      <TextArea
        {...fieldOf(form, 'decided')}
        label="Ce qui a été décidé"
        hint="Pour vous : aucun agenda ne le montre."
        optional
      />
    </>
  )
}

function RiskFields({ form }: FieldsProps) {
  return (
    <>
      <Field {...fieldOf(form, 'title')} label="Risque" />
      <Field {...fieldOf(form, 'owner')} label="Suivi par" optional />
      <TextArea {...fieldOf(form, 'answer')} label="Réponse" optional />
      <Radios
        {...fieldOf(form, 'state')}
        legend="État"
        short
        choices={choices(RISK_STATES, RISK_STATE_WORDS)}
      />
    </>
  )
}

function FactorFields({ form }: FieldsProps) {
  return (
    <>
      {FACTOR_CODES.map((code, rank) => (
        <div key={code}>
          <Radios
            {...fieldOf(form, `${code}.level`)}
            legend={`${rank + 1}. ${FACTOR_WORDS[code]}`}
            short
            choices={[{ value: '', label: 'Non évalué' }, ...choices(LEVELS, LEVEL_WORDS)]}
          />
          <Field {...fieldOf(form, `${code}.next`)} label={`Prochain pas du facteur ${rank + 1}`} optional />
        </div>
      ))}
    </>
  )
}

function DecisionFields({ form }: FieldsProps) {
  return (
    <>
      <Field {...fieldOf(form, 'day')} label="Jour" type="date" width="short" />
      <TextArea {...fieldOf(form, 'what')} label="Ce qui a été décidé" />
      <Field {...fieldOf(form, 'by')} label="Par qui" hint="Par exemple : COPIL, trois OG présents." />
      <Radios
        {...fieldOf(form, 'manner')}
        legend="Comment"
        short
        choices={[{ value: '', label: 'Non précisé' }, ...choices(MANNERS, MANNER_WORDS)]}
      />
      <fieldset class="field">
        <legend>Voix, si elles ont été comptées</legend>
        <Field {...fieldOf(form, 'votes.pour')} label="Pour" optional width="short" />
        <Field {...fieldOf(form, 'votes.contre')} label="Contre" optional width="short" />
        <Field {...fieldOf(form, 'votes.abstention')} label="Abstentions" optional width="short" />
      </fieldset>
    </>
  )
}
