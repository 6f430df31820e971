/** One part of a call as its form: plain fields that save by themselves. */
import type { ComponentChildren, JSX } from 'preact'
import { DOMAINES, PROJETS } from '../../../server/domain/call.ts'
import {
  all,
  type CallSection,
  MONEY,
  one,
  type RuleState,
  sectionForm,
} from '../../../server/domain/call-form.ts'
import {
  CATEGORY_SUGGESTIONS,
  categorieLabel,
  isKnownCategorie,
} from '../../../server/domain/nomenclature.ts'
import { OUTRE_MER, REGIONS } from '../../../server/domain/regions.ts'
import { DEFAULT_MONTHS, LEAST_MONTHS, MOST_MONTHS } from '../../../server/domain/retention.ts'
import { ruleNamed } from '../../../server/domain/rules/index.ts'
import { type Choice, Field, Radios, Select, TextArea } from '../components.tsx'
import { count, list } from '../format.ts'
import { DOMAINE_WORDS, PROJET_WORDS } from '../porteur/members.tsx'
import { type CallFrame, CallLayout, type CallTitle, callUrl } from './frame.tsx'
import {
  Box,
  Boxes,
  DayField,
  type FormState,
  field,
  ProvenanceField,
  rowNames,
  SavedForm,
} from './parts.tsx'

interface CallSectionProps {
  frame: CallFrame
  call: CallTitle
  section: CallSection
  revision: number
  form: FormState
}

export function CallSectionPage({ frame, call, section, revision, form }: CallSectionProps): JSX.Element {
  const { title, about } = sectionForm(section)
  const Fields = FIELDS[section]
  return (
    <CallLayout frame={frame} title={title} call={call} errors={form.errors}>
      <p class="lead">{about}.</p>
      <SavedForm
        frame={frame}
        action={callUrl(frame.side, 'section', { call: call.id, section })}
        revision={revision}
        back={callUrl(frame.side, 'call', { call: call.id })}
      >
        <Fields form={form} />
      </SavedForm>
    </CallLayout>
  )
}

type Fields = (props: { form: FormState }) => JSX.Element

const DOMAINE_CHOICES: readonly Choice[] = DOMAINES.map(value => ({ value, label: DOMAINE_WORDS[value] }))
const PROJET_CHOICES: readonly Choice[] = PROJETS.map(value => ({ value, label: PROJET_WORDS[value] }))
const PLACE_CHOICES: readonly Choice[] = [OUTRE_MER, ...REGIONS].map(value => ({ value, label: value }))

const TIME_ZONES = [
  'Europe/Paris',
  'America/Guadeloupe',
  'America/Martinique',
  'America/Cayenne',
  'Indian/Reunion',
  'Indian/Mayotte',
  'America/Miquelon',
  'Pacific/Noumea',
  'Pacific/Tahiti',
]

const Identity: Fields = ({ form }) => {
  const zone = one(form.values, 'timeZone')
  return (
    <>
      <Field {...field(form, 'title')} label="Titre de l’appel" />
      <TextArea
        {...field(form, 'summary')}
        label="Résumé"
        hint="Une ou deux phrases, pour qui choisit un appel."
        maxLength={1000}
      />
      <ProvenanceField form={form} label="Texte d’où tout vient" whole={false} />
      <Select
        {...field(form, 'region')}
        label="Région de l’ARS"
        empty="Aucune : règles qui valent partout"
        choices={REGIONS.map(value => ({ value, label: value }))}
      />
      <ProvenanceField form={form} name="regionProvenance" label="Provenance de la région" />
      <Select
        {...field(form, 'timeZone')}
        label="Fuseau horaire"
        hint="Une fenêtre ferme à 23 h 59 à l’heure de ce fuseau."
        choices={[...new Set([...TIME_ZONES, zone])]
          .filter(value => value !== '')
          .map(value => ({ value, label: value }))}
      />
      <Box
        form={form}
        name="fictional"
        label="Appel fictif, pour une démonstration : dit au porteur, aux membres et à l’ARS"
      />
    </>
  )
}

const UNKNOWN_DAY = 'Vide : le jour n’est pas connu.'

const Windows: Fields = ({ form }) => {
  const names = rowNames(form.values, 'windows', 1)
  return (
    <>
      {names.map((name, i) => {
        const isNew = i === names.length - 1
        return (
          <fieldset key={name} class="card">
            <legend>{isNew ? 'Ajouter une fenêtre' : `Fenêtre ${i + 1}`}</legend>
            <Field
              {...field(form, `${name}.label`)}
              label="Nom"
              hint="Par exemple : première fenêtre."
              optional
              width="short"
            />
            <DayField form={form} name={`${name}.opensOn`} label="Ouverture" hint={UNKNOWN_DAY} />
            <DayField form={form} name={`${name}.closesOn`} label="Clôture" hint={UNKNOWN_DAY} />
            <ProvenanceField form={form} name={`${name}.provenance`} label="Provenance de ces dates" />
            {isNew || names.length === 2 ? null : (
              <Box form={form} name={`${name}.retirer`} label="Retirer cette fenêtre" />
            )}
          </fieldset>
        )
      })}
    </>
  )
}

const STATE_LABELS: Readonly<Record<RuleState, string>> = {
  absente: 'L’appel ne le dit pas : rien à vérifier',
  connue: 'L’appel le dit',
  inconnue: 'Valeur pas trouvée : le critère restera à vérifier',
}

/** A rule that the call sets or not, with its values. */
function Ruled({
  form,
  rule,
  children,
  about,
}: {
  form: FormState
  rule: string
  children?: ComponentChildren
  about?: string
}) {
  const needsValue = children !== undefined
  const states: readonly RuleState[] = needsValue ? ['absente', 'connue', 'inconnue'] : ['absente', 'connue']
  const title = ruleNamed(rule)?.title ?? rule
  return (
    <section class="card" aria-label={title}>
      <Radios
        name={`${rule}.etat`}
        legend={title}
        value={one(form.values, `${rule}.etat`) || 'absente'}
        errors={form.errors}
        {...(about === undefined ? {} : { hint: about })}
        choices={states.map(value => ({
          value,
          label: needsValue ? STATE_LABELS[value] : value === 'absente' ? 'Ne pas vérifier' : 'Vérifier',
        }))}
      />
      {children}
      <ProvenanceField form={form} name={`${rule}.provenance`} label="Provenance de cette règle" />
    </section>
  )
}

function Threshold({ form, rule, unit }: { form: FormState; rule: string; unit: string }) {
  const rows = rowNames(form.values, `${rule}.exceptions`, 0)
  return (
    <>
      <Field
        {...field(form, `${rule}.minimum`)}
        label={`Nombre minimum d’${unit}`}
        type="number"
        optional
        width="short"
      />
      {rows.map((name, i) => {
        const places = all(form.values, `${name}.places`)
        const isWrong = form.errors.some(error => error.field.startsWith(name))
        const isNew = i === rows.length - 1
        const minimum = one(form.values, `${name}.minimum`)
        return (
          <details key={name} open={isWrong} class="exception">
            <summary>
              {isNew ? 'Ajouter une exception par territoire' : `Sauf ${list(places)} : ${minimum}`}
            </summary>
            <Field
              {...field(form, `${name}.minimum`)}
              label={`Nombre minimum d’${unit} là`}
              type="number"
              optional
              width="short"
            />
            <Boxes form={form} name={`${name}.places`} legend="Territoires" choices={PLACE_CHOICES} />
            {isNew ? null : <Box form={form} name={`${name}.retirer`} label="Retirer cette exception" />}
          </details>
        )
      })}
    </>
  )
}

const Thresholds: Fields = ({ form }) => (
  <>
    <Ruled form={form} rule="minimum-esms">
      <Threshold form={form} rule="minimum-esms" unit="ESMS" />
    </Ruled>
    <Ruled form={form} rule="minimum-og">
      <Threshold form={form} rule="minimum-og" unit="OG" />
      <Field
        {...field(form, 'minimum-og.seulAPartirDe')}
        label="Un OG peut candidater seul à partir de, en ESMS"
        type="number"
        optional
        width="short"
      />
      <Field
        {...field(form, 'minimum-og.seulJusquA')}
        label="et jusqu’à, en ESMS"
        type="number"
        optional
        width="short"
      />
    </Ruled>
    <Ruled form={form} rule="esms-finances" about="Une information : elle ne rend pas la grappe inéligible.">
      <Field
        {...field(form, 'esms-finances.maximum')}
        label="Nombre d’ESMS financés au plus"
        type="number"
        optional
        width="short"
      />
    </Ruled>
    <Ruled form={form} rule="guichet">
      <Field
        {...field(form, 'guichet.seuilNational')}
        label="Appel national à partir de, en ESMS"
        hint="Vide : le seuil n’est pas connu, et le critère restera à vérifier."
        type="number"
        optional
        width="short"
      />
      <Boxes
        form={form}
        name="guichet.guichets"
        legend="Ce que cet appel reçoit"
        hint="Rien de coché : pas connu, et le critère restera à vérifier."
        choices={[
          { value: 'regional', label: 'Les grappes régionales' },
          { value: 'national', label: 'Les grappes nationales' },
        ]}
      />
    </Ruled>
  </>
)

const ADD_CATEGORIES =
  'Séparez-les par des virgules : EHPAD, SSIAD, 183. Une catégorie que cet outil ne connaît pas s’ajoute ' +
  'par son code à trois chiffres ; son nom restera inconnu ici.'

const categoryLine = (code: string) =>
  isKnownCategorie(code) ? categorieLabel(code) : `${code} : code que cet outil ne connaît pas, nom inconnu`

/** The categories chosen, and others found by name. */
function Categories({ form, listName, title }: { form: FormState; listName: string; title: string }) {
  const chosen = all(form.values, listName)
  const isListUnknown = chosen.length === 0 && one(form.values, 'categories.etat') !== 'absente'
  return (
    <>
      <details>
        <summary>
          {title} : {isListUnknown ? 'liste inconnue' : count(chosen.length, 'catégorie')}
        </summary>
        {chosen.length === 0 ? null : (
          <Boxes
            form={form}
            name={listName}
            legend={`${title} : décochez pour retirer`}
            choices={chosen.map(value => ({ value, label: categoryLine(value) }))}
          />
        )}
      </details>
      <Field
        {...field(form, `${listName}.ajouter`)}
        label={`${title} : ajouter par le nom ou le code`}
        hint={ADD_CATEGORIES}
        optional
        suggestions={CATEGORY_SUGGESTIONS}
      />
      <Select
        {...field(form, `${listName}.domaine`)}
        label={`${title} : ajouter toutes celles d’un domaine`}
        hint="Le domaine de chaque catégorie est une proposition de cet outil : relisez la liste."
        empty="Aucun"
        choices={DOMAINE_CHOICES}
      />
    </>
  )
}

const OTHER_CATEGORIES =
  'Toute autre catégorie donne « à vérifier ». Une liste laissée vide est inconnue, et le critère aussi.'

const Audience: Fields = ({ form }) => (
  <>
    <Ruled form={form} rule="domaines">
      <Boxes form={form} name="domaines.domaines" legend="Domaines admis" choices={DOMAINE_CHOICES} />
    </Ruled>
    <Ruled form={form} rule="projets" about="Les deux admettent une grappe mixte.">
      <Boxes form={form} name="projets.projets" legend="Projets admis" choices={PROJET_CHOICES} />
    </Ruled>
    <Ruled form={form} rule="categories" about={OTHER_CATEGORIES}>
      <Categories form={form} listName="categories.admises" title="Admises" />
      <Categories form={form} listName="categories.exclues" title="Exclues" />
    </Ruled>
  </>
)

const Checks: Fields = ({ form }) => (
  <>
    {['finess-geographique', 'finess-unique', 'une-seule-grappe', 'solution-unique', 'fenetre'].map(rule => (
      <Ruled key={rule} form={form} rule={rule} />
    ))}
    <Ruled form={form} rule="region">
      <Select
        {...field(form, 'region.region')}
        label="Région où la grappe doit avoir le plus d’ESMS"
        empty="Aucune : le critère dit seulement quelle ARS"
        choices={REGIONS.map(value => ({ value, label: value }))}
      />
    </Ruled>
    <Ruled form={form} rule="solution-referencee">
      {rowNames(form.values, 'solution-referencee.couloirs', 0).map((name, i, names) => (
        <details key={name} open={form.errors.some(error => error.field.startsWith(name))}>
          <summary>
            {i === names.length - 1
              ? 'Ajouter un couloir'
              : `Couloir ${one(form.values, `${name}.code`)} : ${list(all(form.values, `${name}.domaines`))}`}
          </summary>
          <Field {...field(form, `${name}.code`)} label="Code du couloir" optional width="short" />
          <Boxes form={form} name={`${name}.domaines`} legend="Domaines couverts" choices={DOMAINE_CHOICES} />
          {i === names.length - 1 ? null : (
            <Box form={form} name={`${name}.retirer`} label="Retirer ce couloir" />
          )}
        </details>
      ))}
      <Boxes
        form={form}
        name="solution-referencee.inscriptionSuffit"
        legend="Domaines où l’inscription de l’éditeur suffit"
        choices={DOMAINE_CHOICES}
      />
      <Boxes
        form={form}
        name="solution-referencee.dispenses"
        legend="Domaines où rien n’est demandé"
        choices={DOMAINE_CHOICES}
      />
    </Ruled>
  </>
)

const Declarations: Fields = ({ form }) => {
  const names = rowNames(form.values, 'declarations', 0)
  return (
    <>
      {names.map((name, i) => {
        const isNew = i === names.length - 1
        return (
          <fieldset key={name} class="card">
            <legend>{isNew ? 'Ajouter une déclaration' : `Déclaration ${i + 1}`}</legend>
            <Field {...field(form, `${name}.title`)} label="Titre" optional={isNew} />
            <TextArea
              {...field(form, `${name}.enonce`)}
              label="Phrase que l’ESMS confirme"
              hint="Vraie quand la règle est respectée. Vide : aucune source ne la donne."
              maxLength={500}
            />
            <Boxes
              form={form}
              name={`${name}.projets`}
              legend="Demandée aux projets"
              hint="Rien de coché : à tous."
              choices={PROJET_CHOICES}
            />
            <ProvenanceField form={form} name={`${name}.provenance`} />
            {isNew ? null : <Box form={form} name={`${name}.retirer`} label="Retirer cette déclaration" />}
          </fieldset>
        )
      })}
    </>
  )
}

const MONEY_LABELS: Readonly<Record<(typeof MONEY)[number], string>> = {
  acquisitionEuros: 'Acquisition, en euros par ESMS',
  miseEnConformiteEuros: 'Mise en conformité, en euros par ESMS',
  equipementEuros: 'Équipement, en euros par ESMS',
}

const Amounts: Fields = ({ form }) => (
  <>
    <Radios
      name="money.etat"
      legend="Montants"
      value={one(form.values, 'money.etat')}
      errors={form.errors}
      choices={[
        { value: 'inconnus', label: 'Aucun montant n’est connu' },
        { value: 'connus', label: 'L’appel en donne' },
      ]}
    />
    {MONEY.map(name => (
      <Field
        key={name}
        {...field(form, `money.${name}`)}
        label={MONEY_LABELS[name]}
        hint="Vide : pas connu."
        type="number"
        optional
        width="short"
      />
    ))}
    <ProvenanceField form={form} name="money.provenance" label="Provenance des montants" />
  </>
)

const Recommendations: Fields = ({ form }) => {
  const names = rowNames(form.values, 'recommendations', 0)
  return (
    <>
      {names.map((name, i) => {
        const isNew = i === names.length - 1
        return (
          <fieldset key={name} class="card">
            <legend>{isNew ? 'Ajouter une recommandation' : `Recommandation ${i + 1}`}</legend>
            <TextArea
              {...field(form, `${name}.text`)}
              label="Ce qui est conseillé"
              hint="Par exemple : de 15 à 49 ESMS."
              maxLength={600}
            />
            <ProvenanceField form={form} name={`${name}.provenance`} />
            {isNew ? null : <Box form={form} name={`${name}.retirer`} label="Retirer cette recommandation" />}
          </fieldset>
        )
      })}
    </>
  )
}

const FollowUpPieces: Fields = ({ form }) => {
  const names = rowNames(form.values, 'followUp.pieces', 0)
  return (
    <>
      {names.map((name, i) => {
        const isNew = i === names.length - 1
        return (
          <fieldset key={name} class="card">
            <legend>
              {isNew ? 'Ajouter une pièce d’après le dépôt' : `Pièce d’après le dépôt ${i + 1}`}
            </legend>
            <Field
              {...field(form, `${name}.name`)}
              label="Nom de la pièce"
              hint="Par exemple : convention signée avec l’ARS. Elle est reçue et gardée, hors du dossier."
              optional={isNew}
            />
            <TextArea
              {...field(form, `${name}.explanation`)}
              label="Ce que c’est"
              maxLength={600}
              optional={isNew}
            />
            <DayField form={form} name={`${name}.deadlineOn`} label="Jour" hint={UNKNOWN_DAY} />
            <ProvenanceField form={form} name={`${name}.provenance`} />
            {isNew ? null : <Box form={form} name={`${name}.retirer`} label="Retirer cette pièce" />}
          </fieldset>
        )
      })}
    </>
  )
}

const Submission: Fields = ({ form }) => {
  const names = rowNames(form.values, 'followUp.dates', 0)
  return (
    <>
      <Field
        {...field(form, 'submission.name')}
        label="Lieu de dépôt"
        hint="Vide : le texte de l’appel ne le dit pas."
        optional
      />
      <Field
        {...field(form, 'submission.url')}
        label="Son adresse"
        hint="Complète, en https. Vide : pas connue."
        optional
      />
      <TextArea
        {...field(form, 'submission.steps')}
        label="Étapes du dépôt"
        hint="Une par ligne, dans l’ordre, en peu de mots : chaque porteur les coche une à une."
      />
      <ProvenanceField form={form} name="submission.provenance" label="Provenance du lieu et des étapes" />
      {names.map((name, i) => {
        const isNew = i === names.length - 1
        return (
          <fieldset key={name} class="card">
            <legend>{isNew ? 'Ajouter une date d’après le dépôt' : `Date d’après le dépôt ${i + 1}`}</legend>
            <Field
              {...field(form, `${name}.title`)}
              label="Ce qui est attendu"
              hint="Par exemple : convention notifiée, au plus tard."
              optional={isNew}
            />
            <DayField form={form} name={`${name}.dueOn`} label="Jour" hint={UNKNOWN_DAY} />
            <ProvenanceField form={form} name={`${name}.provenance`} />
            {isNew ? null : <Box form={form} name={`${name}.retirer`} label="Retirer cette date" />}
          </fieldset>
        )
      })}
      <FollowUpPieces form={form} />
    </>
  )
}

const Retention: Fields = ({ form }) => (
  <>
    <Field
      {...field(form, 'retention.months')}
      label="Mois de conservation après la dernière clôture"
      hint={
        `De ${LEAST_MONTHS} à ${MOST_MONTHS}. Vide : l’appel ne le dit pas, et chaque porteur choisit pour ` +
        `sa grappe ; à défaut, elle est gardée ${DEFAULT_MONTHS} mois.`
      }
      type="number"
      optional
      width="short"
    />
    <ProvenanceField form={form} name="retention.provenance" label="Provenance de cette durée" />
  </>
)

const FIELDS: Readonly<Record<CallSection, Fields>> = {
  identite: Identity,
  fenetres: Windows,
  seuils: Thresholds,
  publics: Audience,
  controles: Checks,
  declarations: Declarations,
  montants: Amounts,
  depot: Submission,
  conservation: Retention,
  recommandations: Recommendations,
}
