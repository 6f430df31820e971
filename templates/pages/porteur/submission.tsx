/** The deposit where the call says: what to type, what to attach, each step ticked; then what follows. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Instant, PieceDefinition, SubmissionPlace } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import type { OwnFollowUp } from '../../../server/domain/follow-up.ts'
import type { Version } from '../../../server/domain/piece.ts'
import { hasChanges, type SealChanges } from '../../../server/domain/seal.ts'
import { centsWords } from '../../../server/domain/sharing/words.ts'
import {
  type Award,
  type Checklist,
  type DoneStep,
  type FollowUpShown,
  isOfCall,
  OUTCOME_WORDS,
  OUTCOMES,
} from '../../../server/domain/submission.ts'
import type { Attachments, TypedFact, TypedPlace } from '../../../server/domain/submission-facts.ts'
import { CopyField, Csrf, Field, type FieldError, ProvenanceTag, Radios } from '../components.tsx'
import { capital, count, fileSize, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'
import { changesSentence } from './seals.tsx'

export interface SubmissionProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  today: Day
  /** Null where the call does not say it. */
  place: SubmissionPlace | null
  facts: readonly TypedFact[]
  /** Null before a version is sealed. */
  sealed: {
    number: number
    sealedAt: Instant
    zipLength: number
    attachments: readonly Attachments[]
    gaps: readonly { pieceName: string; owner: { name: string } }[]
    changes: SealChanges
    membersDiffer: boolean
  } | null
  checklist: Checklist
  /** Since when every step is done; null while one is left. */
  doneOn: Day | null
  award: Award | null
  followUps: readonly FollowUpShown[]
  /** The proof of the deposit first. */
  toReceive: readonly {
    definition: PieceDefinition
    pieceId: string
    version: Version | null
    /** Nothing was ever deposited on it. */
    isEmpty: boolean
    /** As the porteur added it; null for the proof and those of the call. */
    own: OwnFollowUp | null
  }[]
  porteurOgId: string | null
  revision: number
  /** The form just refused, as it was typed. */
  refused: { form: string; values: Readonly<Record<string, string>>; errors: readonly FieldError[] } | null
}

export function SubmissionPage(props: SubmissionProps): JSX.Element {
  const { frame, grappe, refused } = props
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="dossier"
      title="Dépôt et suites"
      errors={refused?.errors ?? []}
      scripts={['copy']}
      wide
    >
      <Place {...props} />
      <ToType {...props} />
      <ToAttach {...props} />
      <Steps {...props} />
      <Received {...props} />
      <AwardPart {...props} />
      <After {...props} />
      <p>
        <a href={urlTo('dossier', { grappe: grappe.grappeId })}>Revenir au dossier</a>
      </p>
    </GrappePage>
  )
}

function Place({ place, checklist, doneOn }: SubmissionProps) {
  const done = checklist.steps.filter(each => each.done !== null).length
  return (
    <>
      <p class="lead">
        {place === null ? (
          'L’appel ne dit pas où le dossier se dépose : suivez le texte de votre ARS. '
        ) : (
          <>
            Lieu de dépôt :{' '}
            {place.url === null ? (
              place.name
            ) : (
              <a href={place.url} rel="noreferrer">
                {place.name}
              </a>
            )}{' '}
            <ProvenanceTag id="lieu" provenance={place.provenance} />.{' '}
          </>
        )}
        {doneOn === null
          ? `${count(done, 'étape faite', 'étapes faites')} sur ${checklist.steps.length}.`
          : `Toutes les étapes sont faites, la dernière le ${formatDay(doneOn)}.`}
      </p>
      <p class="muted">
        Cette page est pour vous : ni les membres ni l’ARS ne la lisent. Sceller une version ici n’est pas la
        déposer, et cet outil ne dépose rien à votre place.
      </p>
    </>
  )
}

const PLACES: Readonly<Record<TypedPlace, (at: { grappe: string }, og: string | null) => string>> = {
  og: (at, og) => (og === null ? urlTo('members', at) : urlTo('editOg', { ...at, og })),
  members: at => urlTo('members', at),
  solutions: at => urlTo('solutions', at),
  'call-values': at => urlTo('callValues', at),
}

function ToType({ grappe, facts, doneOn, porteurOgId }: SubmissionProps) {
  const at = { grappe: grappe.grappeId }
  const known = facts.flatMap((fact, rank) =>
    fact.value === null ? [] : [{ ...fact, rank, value: fact.value }],
  )
  const missing = facts.filter(({ value }) => value === null)
  return (
    <section aria-labelledby="taper">
      <h2 id="taper">À taper</h2>
      <p>
        Les champs de ce lieu de dépôt ne sont pas connus de cet outil. Voici ce que la grappe sait, à copier
        là où il le demande.
      </p>
      {missing.length === 0 ? null : (
        <p>
          Pas encore connu :{' '}
          {missing.map(({ label, place }, rank) => (
            <>
              {rank === 0 ? '' : ', '}
              <a href={PLACES[place](at, porteurOgId)}>{label}</a>
            </>
          ))}
          .
        </p>
      )}
      <details class="card" open={doneOn === null}>
        <summary>{count(known.length, 'valeur à copier', 'valeurs à copier')}</summary>
        {known.map(({ label, value, isList, origin, rank }) => (
          <CopyField
            key={label}
            id={`valeur-${rank}`}
            label={origin === null ? label : `${label} (${origin})`}
            value={value}
            isList={isList}
          />
        ))}
      </details>
      <p>
        <a href={urlTo('dossierXlsx', at)} download>
          Télécharger le classeur de travail (Excel)
        </a>{' '}
        <span class="muted">tous ces faits, membre par membre</span>
      </p>
    </section>
  )
}

/** Beyond, the page tells the ESMS of one OG at a time: the whole is in the ZIP. */
const MOST_FILES = 120

function ToAttach({ grappe, timeZone, sealed }: SubmissionProps) {
  const at = { grappe: grappe.grappeId }
  if (sealed === null) {
    return (
      <section aria-labelledby="joindre">
        <h2 id="joindre">À joindre</h2>
        <p>
          Aucune version n’est scellée. <a href={`${urlTo('dossier', at)}#sceller`}>Scellez-en une</a> : ce
          que vous joindrez sera ce que l’ARS lit ici.
        </p>
      </section>
    )
  }
  const { number, sealedAt, zipLength, attachments, gaps } = sealed
  const version = { ...at, number: String(number) }
  const files = attachments.reduce((sum, each) => sum + each.files.length, 0)
  const listed = attachments.filter(({ owner }) => owner.scope !== 'esms' || files <= MOST_FILES)
  return (
    <section aria-labelledby="joindre">
      <h2 id="joindre">À joindre</h2>
      <Differs sealed={sealed} at={at} />
      <p>
        <a href={urlTo('sealedVersion', version)}>Version {number}</a>, scellée le{' '}
        {moment(sealedAt, timeZone)} : {count(files, 'fichier déposé', 'fichiers déposés')}.
      </p>
      <p class="actions">
        <a class="button" href={urlTo('sealedZip', version)} download>
          Télécharger le ZIP ({fileSize(zipLength)})
        </a>
        <a class="button secondary" href={urlTo('sealedXlsx', version)} download>
          Télécharger son classeur (Excel)
        </a>
      </p>
      {gaps.length === 0 ? null : (
        <details class="card">
          <summary>{count(gaps.length, 'pièce n’y est pas', 'pièces n’y sont pas')}</summary>
          <ul>
            {gaps.map(({ pieceName, owner }) => (
              <li key={`${owner.name} ${pieceName}`}>
                {pieceName}, {owner.name}
              </li>
            ))}
          </ul>
        </details>
      )}
      <details class="card">
        <summary>Les fichiers un par un : grappe, organismes gestionnaires, puis ESMS</summary>
        <ol>
          {listed.map(({ owner, files: own }) => (
            <li key={`${owner.scope} ${owner.id}`}>
              {owner.name}
              {owner.finess === null ? '' : ` (${owner.finess})`}
              <ul>
                {own.map(({ fileId, path, size }) => (
                  <li key={fileId}>
                    <a href={urlTo('file', { ...at, file: fileId })} download>
                      {path.slice(path.lastIndexOf('/') + 1)}
                    </a>{' '}
                    <span class="muted">{fileSize(size)}</span>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
        {listed.length === attachments.length ? null : (
          <p>
            Ceux des ESMS, {count(attachments.length - listed.length, 'dossier')}, sont dans le ZIP, sous{' '}
            <code>03_ESMS</code>, un dossier par ESMS.
          </p>
        )}
      </details>
    </section>
  )
}

type At = { grappe: string }

function Differs({ sealed, at }: { sealed: NonNullable<SubmissionProps['sealed']>; at: At }) {
  const { changes } = sealed
  if (!hasChanges(changes) && !sealed.membersDiffer) return null
  const said = [
    ...(hasChanges(changes) ? [changesSentence(changes)] : []),
    ...(sealed.membersDiffer ? ['des faits de membres ont changé'] : []),
  ]
  return (
    <div class="motive">
      <p>
        <strong>La grappe a changé depuis la version {sealed.number}.</strong> {capital(said.join(' ; '))}. Ce
        que vous joindriez n’est pas ce qui est dans la grappe :{' '}
        <a href={`${urlTo('dossier', at)}#sceller`}>sceller une autre version</a>.
      </p>
    </div>
  )
}

/** One form of the page: each names its fields after itself, since ids are unique in a page. */
interface FormOf {
  props: SubmissionProps
  form: string
}

const initial = ({ props: { refused }, form }: FormOf, name: string, value: string) => ({
  name: `${form}-${name}`,
  value: refused?.form === form ? (refused.values[`${form}-${name}`] ?? '') : value,
  errors: refused?.form === form ? refused.errors : [],
})

function ActForm({
  props: { frame, grappe, revision },
  form,
  hidden = {},
  children,
}: FormOf & { hidden?: Readonly<Record<string, string>>; children: ComponentChildren }) {
  return (
    <form method="post" action={urlTo('submission', { grappe: grappe.grappeId })}>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="seen" value={revision} />
      <input type="hidden" name="form" value={form} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}

const REFERENCE_HINT = 'Un numéro de dossier, d’accusé, de notification…'

function Steps(props: SubmissionProps) {
  const { checklist } = props
  const next = checklist.steps.findIndex(({ done }) => done === null)
  return (
    <section aria-labelledby="etapes">
      <h2 id="etapes">Étapes du dépôt</h2>
      <ol class="plain">
        {checklist.steps.map(({ step, done }, rank) => (
          <li key={step} class="card">
            <h3>
              {rank + 1}. {step}
            </h3>
            {done !== null ? (
              <Done props={props} form={`etape-${rank}`} done={done} />
            ) : props.grappe.archivedOn ? (
              <p>À faire.</p>
            ) : (
              <details open={rank === next || props.refused?.form === `etape-${rank}`}>
                <summary>
                  À faire : cocher <span class="visually-hidden">« {step} »</span>
                </summary>
                <TickForm props={props} form={`etape-${rank}`} step={step} done={null} />
              </details>
            )}
          </li>
        ))}
      </ol>
      {checklist.former.length === 0 ? null : (
        <>
          <h3>Cochées, et plus dans la liste de l’appel</h3>
          <ul class="plain">
            {checklist.former.map((done, rank) => (
              <li key={done.step} class="card">
                <p>
                  <strong>{done.step}</strong>
                </p>
                <Done props={props} form={`ancienne-${rank}`} done={done} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function TickForm({ props, form, step, done }: FormOf & { step: string; done: DoneStep | null }) {
  // What was typed of another step stays out of this one, even where the call's list has changed meanwhile.
  const own = props.refused?.values.etape === step ? props : { ...props, refused: null }
  const at = { props: own, form }
  return (
    <ActForm {...at} hidden={{ etape: step }}>
      <Field {...initial(at, 'on', done?.on ?? props.today)} label="Fait le" type="date" width="short" />
      <Field
        {...initial(at, 'reference', done?.reference ?? '')}
        label="Référence"
        hint={REFERENCE_HINT}
        optional
      />
      <p class="actions">
        <button type="submit" name="acte" value="etape" class="secondary">
          {done === null ? 'Cocher' : 'Corriger'} <span class="visually-hidden">« {step} »</span>
        </button>
      </p>
    </ActForm>
  )
}

function Done({ props, form, done }: FormOf & { done: DoneStep }) {
  const { step, on, reference, by, at } = done
  return (
    <>
      <p>
        <span class="etat acceptee">fait</span> le {formatDay(on)}
        {reference === null ? '' : `, référence « ${reference} »`}.{' '}
        <span class="muted">
          Coché par {by}, {moment(at, props.timeZone)}.
        </span>
      </p>
      {props.grappe.archivedOn ? null : (
        <details open={props.refused?.form === form}>
          <summary>
            Corriger ou décocher <span class="visually-hidden">« {step} »</span>
          </summary>
          <TickForm props={props} form={form} step={step} done={done} />
          <ActForm props={props} form={form} hidden={{ etape: step }}>
            <button type="submit" name="acte" value="etape-annulee" class="link">
              Décocher <span class="visually-hidden">« {step} »</span>
            </button>
          </ActForm>
        </details>
      )}
    </>
  )
}

type Awaited = SubmissionProps['toReceive'][number]

function Received(props: SubmissionProps) {
  const { toReceive, grappe, refused } = props
  const form = 'piece-nouvelle'
  return (
    <section aria-labelledby="recevoir">
      <h2 id="recevoir">Preuve du dépôt et pièces d’après</h2>
      <p>
        Gardées ici avec leurs versions, hors du dossier et de ses comptes ; vous les déposez aussi après la
        clôture.
      </p>
      <ul class="plain">
        {toReceive.map(each => (
          <li key={each.pieceId} class="card">
            <Awaited props={props} form={`piece-${each.definition.code}`} awaited={each} />
          </li>
        ))}
      </ul>
      {grappe.archivedOn ? null : (
        <details class="card" open={refused?.form === form}>
          <summary>Ajouter une pièce à recevoir</summary>
          <PieceForm props={props} form={form} own={null} />
        </details>
      )}
    </section>
  )
}

function Awaited({ props, form, awaited }: FormOf & { awaited: Awaited }) {
  const { definition, pieceId, version, isEmpty, own } = awaited
  const { name, explanation, deadlineOn, provenance } = definition
  const { grappe, today } = props
  const late = version === null && deadlineOn !== null && deadlineOn < today
  return (
    <>
      <h3>
        <a href={urlTo('piece', { grappe: grappe.grappeId, piece: pieceId })}>{name}</a>{' '}
        <ProvenanceTag id={form} provenance={provenance} />
      </h3>
      {explanation === '' ? null : <p>{explanation}</p>}
      <p>
        {version === null
          ? 'Rien n’est encore déposé. '
          : `Version ${version.number}, déposée le ${moment(version.depositedAt, props.timeZone)}. `}
        {deadlineOn === null ? null : `Attendue le ${formatDay(deadlineOn)}. `}
        {late ? <span class="etat flag">en retard</span> : null}
      </p>
      {own === null || grappe.archivedOn ? null : (
        <details open={props.refused?.form === form}>
          <summary>
            Corriger {isEmpty ? 'ou retirer ' : ''}
            <span class="visually-hidden">« {name} »</span>
          </summary>
          <PieceForm props={props} form={form} own={own} />
          {isEmpty ? (
            <ActForm props={props} form={form} hidden={{ piece: own.code }}>
              <button type="submit" name="acte" value="piece-retiree" class="link">
                Retirer <span class="visually-hidden">« {name} »</span>
              </button>
            </ActForm>
          ) : null}
        </details>
      )}
    </>
  )
}

function PieceForm({ props, form, own }: FormOf & { own: OwnFollowUp | null }) {
  const at = { props, form }
  return (
    <ActForm {...at} hidden={own === null ? {} : { piece: own.code }}>
      <Field
        {...initial(at, 'name', own?.name ?? '')}
        label="Nom de la pièce"
        hint="Par exemple : convention signée, notification, justificatif de versement."
      />
      <Field {...initial(at, 'explanation', own?.explanation ?? '')} label="Ce que c’est" optional />
      <Field
        {...initial(at, 'dueOn', own?.dueOn ?? '')}
        label="Attendue le"
        type="date"
        width="short"
        optional
      />
      <p class="actions">
        <button type="submit" name="acte" value="piece" class="secondary">
          {own === null ? 'Ajouter cette pièce' : 'Enregistrer'}
        </button>
      </p>
    </ActForm>
  )
}

const amount = (cents: number | null | undefined) => (cents == null ? '' : centsWords(cents))

const AMOUNT_HINT = 'En euros, comme 1 234,56. Vide : pas connu.'

function AwardPart(props: SubmissionProps) {
  const { award, refused } = props
  const form = 'resultat'
  const at = { props, form }
  return (
    <section aria-labelledby="resultat">
      <h2 id="resultat">Résultat</h2>
      <p>
        {award === null ? (
          'Pas encore connu.'
        ) : (
          <>
            Candidature <strong>{OUTCOME_WORDS[award.outcome]}</strong>, le {formatDay(award.on)}
            {award.cents === null ? '' : `, ${centsWords(award.cents)}`}
            {award.reference === null ? '' : `, référence « ${award.reference} »`}.
          </>
        )}
      </p>
      {props.grappe.archivedOn ? null : (
        <details class="card" open={refused?.form === form}>
          <summary>{award === null ? 'Noter le résultat' : 'Corriger le résultat'}</summary>
          <ActForm {...at}>
            <Radios
              {...initial(at, 'outcome', award?.outcome ?? '')}
              legend="La candidature est"
              choices={OUTCOMES.map(value => ({ value, label: OUTCOME_WORDS[value] }))}
              short
            />
            <Field {...initial(at, 'on', award?.on ?? '')} label="Dit le" type="date" width="short" />
            <Field
              {...initial(at, 'cents', amount(award?.cents))}
              label="Montant accordé"
              hint={AMOUNT_HINT}
              width="short"
              optional
            />
            <Field
              {...initial(at, 'reference', award?.reference ?? '')}
              label="Référence"
              hint={REFERENCE_HINT}
              optional
            />
            <p class="actions">
              <button type="submit" name="acte" value="resultat">
                Enregistrer le résultat
              </button>
              {award === null ? null : (
                <button type="submit" name="acte" value="resultat-efface" class="link">
                  Effacer : il n’est pas connu
                </button>
              )}
            </p>
          </ActForm>
        </details>
      )}
    </section>
  )
}

function After(props: SubmissionProps) {
  const { followUps, grappe, refused } = props
  const form = 'date-nouvelle'
  return (
    <section aria-labelledby="suites">
      <h2 id="suites">Dates d’après le dépôt</h2>
      <p>
        Convention, versements, cibles d’usage : les dates que l’appel donne, et celles que vous ajoutez
        d’après ce que l’ARS vous notifie. Elles sont aussi sur la page{' '}
        <a href={urlTo('deadlines', { grappe: grappe.grappeId })}>Échéances</a> et dans l’agenda de la grappe.
      </p>
      {followUps.length === 0 ? (
        <p>Aucune : ni l’appel ni vous n’en donnez.</p>
      ) : (
        <ul class="plain">
          {followUps.map(each => (
            <li key={each.id} class="card">
              <FollowUp props={props} form={`date-${each.id}`} shown={each} />
            </li>
          ))}
        </ul>
      )}
      {grappe.archivedOn ? null : (
        <details class="card" open={refused?.form === form}>
          <summary>Ajouter une date</summary>
          <DateForm props={props} form={form} shown={null} />
        </details>
      )}
    </section>
  )
}

export function followUpWords({ dueOn, doneOn, reference, cents }: FollowUpShown): string {
  const when =
    doneOn !== null
      ? `Fait le ${formatDay(doneOn)}`
      : dueOn === null
        ? 'Attendu, jour non connu'
        : `Attendu le ${formatDay(dueOn)}`
  return (
    when +
    (cents === null ? '' : `, ${centsWords(cents)}`) +
    (reference === null ? '' : `, référence « ${reference} »`)
  )
}

function FollowUp({ props, form, shown }: FormOf & { shown: FollowUpShown }) {
  const { id, title, provenance, former, late } = shown
  const isNoted = !isOfCall(id) || shown.doneOn !== null || shown.reference !== null || shown.cents !== null
  return (
    <>
      <p>
        <strong>{title}</strong>{' '}
        {provenance === null ? null : <ProvenanceTag id={`suite-${form}`} provenance={provenance} />}
      </p>
      <p>
        {followUpWords(shown)}. {late ? <span class="etat flag">en retard</span> : null}{' '}
        {former ? <span class="muted">L’appel ne donne plus cette date.</span> : null}
      </p>
      {props.grappe.archivedOn ? null : (
        <details open={props.refused?.form === form}>
          <summary>
            Noter <span class="visually-hidden">« {title} »</span>
          </summary>
          <DateForm props={props} form={form} shown={shown} />
          {isNoted ? (
            <ActForm props={props} form={form} hidden={{ date: id }}>
              <button type="submit" name="acte" value="date-retiree" class="link">
                {provenance === null ? 'Retirer' : 'Effacer ce qui en est noté'}{' '}
                <span class="visually-hidden">« {title} »</span>
              </button>
            </ActForm>
          ) : null}
        </details>
      )}
    </>
  )
}

function DateForm({ props, form, shown }: FormOf & { shown: FollowUpShown | null }) {
  const at = { props, form }
  const ofCall = shown !== null && shown.provenance !== null
  return (
    <ActForm {...at} hidden={shown === null ? {} : { date: shown.id }}>
      {ofCall ? null : (
        <Field
          {...initial(at, 'title', shown?.title ?? '')}
          label="De quoi s’agit-il"
          hint="Par exemple : convention signée, versement reçu, cible d’usage."
        />
      )}
      {shown?.dayOfCall ? null : (
        <Field
          {...initial(at, 'dueOn', shown?.dueOn ?? '')}
          label="Attendu le"
          type="date"
          width="short"
          optional
        />
      )}
      <Field
        {...initial(at, 'doneOn', shown?.doneOn ?? '')}
        label="Fait le"
        type="date"
        width="short"
        optional
      />
      <Field
        {...initial(at, 'cents', amount(shown?.cents))}
        label="Montant"
        hint={AMOUNT_HINT}
        width="short"
        optional
      />
      <Field
        {...initial(at, 'reference', shown?.reference ?? '')}
        label="Référence"
        hint={REFERENCE_HINT}
        optional
      />
      <p class="actions">
        <button type="submit" name="acte" value="date" class="secondary">
          {shown === null ? 'Ajouter cette date' : 'Enregistrer'}
        </button>
      </p>
    </ActForm>
  )
}
