/** The deposit where the call says: what to type, what to attach, each step ticked; then what follows. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { hasChanges } from '../../../server/domain/seal.ts'
import type { TypedPlace } from '../../../server/domain/submission-facts.ts'
import { CopyField, ProvenanceTag } from '../components.tsx'
import { capital, count, fileSize, moment } from '../format.ts'
import { GrappePage } from './grappe-page.tsx'
import { changesSentence } from './seals.tsx'
import { After, AwardPart } from './submission-after.tsx'
import type { SubmissionProps } from './submission-props.ts'
import { Received } from './submission-received.tsx'
import { Steps } from './submission-steps.tsx'

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
