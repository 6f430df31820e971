/** Who pays what of the shared costs: the rule written out, the parts, a drawing, and a departure tried. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { SharingFacts, SharingKey } from '../../../server/domain/sharing/key.ts'
import { SHARING_PRESETS } from '../../../server/domain/sharing/presets.ts'
import type { Share, Shares, Sharing, shareWithout } from '../../../server/domain/sharing/share.ts'
import { measuresUsed } from '../../../server/domain/sharing/share.ts'
import {
  COST_KIND_WORDS,
  centsWords,
  costsOrigin,
  type GapPlace,
  gapWords,
  MEASURE_TITLES,
  ruleSentences,
  shareNotes,
} from '../../../server/domain/sharing/words.ts'
import { Select } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { PROJET_WORDS } from './members.tsx'
import { KeyForm, MeasuresForm, type SharingForm } from './sharing-form.tsx'

export interface SharingProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** Null as long as nobody wrote one. */
  sharingKey: SharingKey | null
  revision: number
  facts: SharingFacts
  /** Null without a key. */
  sharing: Sharing | null
  /** Null when no departure is tried. */
  departure: ReturnType<typeof shareWithout>
  form: SharingForm
}

export function SharingPage(props: SharingProps): JSX.Element {
  const { frame, grappe, sharingKey, sharing, form } = props
  return (
    <GrappePage frame={frame} grappe={grappe} tab="documents" title="Répartition" errors={form.errors} wide>
      <p class="lead">
        La clé de répartition des coûts communs : ce que chacun paie, au centime, et la règle écrite en toutes
        lettres. Les montants sont TTC. Rien d’inconnu n’est compté comme zéro.
      </p>
      {sharingKey === null || sharing === null ? null : (
        <>
          <Rule facts={props.facts} sharingKey={sharingKey} />
          {sharing.ok ? (
            <>
              <Parts sharingKey={sharingKey} shares={sharing} />
              <Chart shares={sharing} />
              <Leaving {...props} shares={sharing} />
            </>
          ) : (
            <Gaps sharing={sharing} grappeId={grappe.grappeId} />
          )}
          <MeasuresForm {...props} sharingKey={sharingKey} />
        </>
      )}
      {grappe.archivedOn ? null : (
        <>
          <KeyForm {...props} />
          <Presets grappeId={grappe.grappeId} />
        </>
      )}
      <p>
        <a href={urlTo('documents', { grappe: grappe.grappeId })}>Revenir aux documents</a>
      </p>
    </GrappePage>
  )
}

function Rule({ sharingKey, facts }: Pick<SharingProps, 'facts'> & { sharingKey: SharingKey }) {
  return (
    <section class="card" aria-labelledby="regle">
      <h2 id="regle">La règle</h2>
      <ul>
        {ruleSentences(sharingKey, facts).map(sentence => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <p class="muted">{costsOrigin(sharingKey)}</p>
      {sharingKey.costs.length === 0 ? null : (
        <>
          <DataTable
            label="Coûts communs"
            columns={['Coût', 'Nature', 'Porté par', 'Montant TTC']}
            rows={sharingKey.costs.map(({ label, kind, cents, projet }, at) => ({
              id: `${at} ${label}`,
              cells: [
                label,
                COST_KIND_WORDS[kind],
                projet === null ? 'tous' : PROJET_WORDS[projet],
                centsWords(cents),
              ],
            }))}
          />
          <p class="muted">Ces montants sont donnés par vous, porteur de la grappe.</p>
        </>
      )}
    </section>
  )
}

function gapHref(place: GapPlace, grappe: string): string {
  const at = { grappe }
  switch (place.kind) {
    case 'esms':
      return urlTo('editEsms', { ...at, esms: place.id })
    case 'members':
      return urlTo('members', at)
    case 'call-values':
      return urlTo('callValues', at)
    case 'measures':
      return '#mesures'
    case 'key':
      return '#cle'
  }
}

const PLACE_WORDS: Readonly<Record<GapPlace['kind'], string>> = {
  esms: 'Ouvrir sa fiche',
  members: 'Ouvrir les membres',
  'call-values': 'Ouvrir les valeurs de l’appel',
  measures: 'Remplir les mesures',
  key: 'Changer la clé',
}

function Gaps({ sharing, grappeId }: { sharing: Extract<Sharing, { ok: false }>; grappeId: string }) {
  return (
    <section class="card" aria-labelledby="manque">
      <h2 id="manque">Ce qui manque pour calculer</h2>
      <p>Aucune part n’est calculée tant que ceci n’est pas connu.</p>
      <ul>
        {sharing.gaps.map(gap => {
          const { sentence, place } = gapWords(gap)
          return (
            <li key={sentence}>
              {sentence} <a href={gapHref(place, grappeId)}>{PLACE_WORDS[place.kind]}</a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

const amount = (cents: number | null): string => (cents === null ? 'inconnue' : centsWords(cents))

/** The table of the parts, with the columns that the key uses. */
function Parts({ sharingKey, shares }: { sharingKey: SharingKey; shares: Shares }) {
  const measures = measuresUsed(sharingKey).filter(measure => measure !== 'egale')
  const { totals } = shares
  const isCalled = totals.called !== null
  const hasSubsidy = totals.subsidy !== null
  const total = (read: (share: Share) => number) => shares.shares.reduce((sum, each) => sum + read(each), 0)
  const cells = (read: (of: 'costs' | 'called' | 'settled' | 'subsidy' | 'own') => number | null) => [
    amount(read('costs')),
    ...(isCalled ? [amount(read('called')), amount(read('settled'))] : []),
    ...(hasSubsidy ? [amount(read('subsidy')), amount(read('own'))] : []),
  ]
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">Les parts</h2>
      <DataTable
        label="Part de chacun"
        columns={[
          sharingKey.between === 'og' ? 'Organisme' : 'ESMS',
          ...measures.map(measure => MEASURE_TITLES[measure]),
          'Part des coûts',
          ...(isCalled ? ['Payé en cours d’année', 'Régularisation'] : []),
          ...(hasSubsidy ? ['Subvention attendue', 'Reste à payer'] : []),
        ]}
        rows={[
          ...shares.shares.map(each => ({
            id: each.id,
            cells: [
              each.name,
              ...measures.map(measure => (each.measures[measure] ?? 0).toLocaleString('fr-FR')),
              ...cells(of => each[of]),
            ],
          })),
          {
            id: 'total',
            cells: [
              'Total',
              ...measures.map(measure => total(each => each.measures[measure] ?? 0).toLocaleString('fr-FR')),
              ...cells(of => total(each => each[of] ?? 0)),
            ],
          },
        ]}
      />
      {totals.outside === 0 ? null : (
        <p>
          Avec {centsWords(totals.outside)} payés par d’autres que les membres, le total est{' '}
          {centsWords(totals.costs)}.
        </p>
      )}
      {hasSubsidy ? null : (
        <p class="muted">La subvention attendue n’est pas connue : elle n’est pas retirée.</p>
      )}
      {shareNotes(shares).map(note => (
        <p key={note} class="motive">
          {note}
        </p>
      ))}
    </section>
  )
}

/** More bars than these say nothing: the table does. */
const MOST_BARS = 60
const BAR_LENGTH = 100
const BAR_HEIGHT = 8

function Chart({ shares: { shares, totals } }: { shares: Shares }) {
  const hasSubsidy = totals.subsidy !== null
  const longest = Math.max(...shares.map(({ costs, subsidy }) => Math.max(costs, subsidy ?? 0)))
  if (longest <= 0 || shares.length > MOST_BARS) return null
  const length = (cents: number) => (BAR_LENGTH * cents) / longest
  return (
    <figure class="shares">
      <figcaption>
        Part des coûts de chacun{hasSubsidy ? ', et subvention attendue en dessous' : ''}. Les montants sont
        dans le tableau qui précède.
      </figcaption>
      <ul aria-hidden="true">
        {shares.map(({ id, name, costs, subsidy }) => (
          <li key={id}>
            <span>{name}</span>
            <svg viewBox={`0 0 ${BAR_LENGTH} ${BAR_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
              <rect
                class="bar-costs"
                x="0"
                y="0"
                width={length(costs)}
                height={hasSubsidy ? 4 : BAR_HEIGHT}
              />
              {subsidy === null ? null : (
                <rect class="bar-subsidy" x="0" y="4.5" width={length(subsidy)} height="3.5" />
              )}
            </svg>
            <span class="number">{centsWords(costs)}</span>
          </li>
        ))}
      </ul>
    </figure>
  )
}

/** What becomes of the parts when one of those who pay leaves. */
function Leaving({ grappe, departure, shares }: SharingProps & { shares: Shares }) {
  const url = urlTo('sharing', { grappe: grappe.grappeId })
  return (
    <section aria-labelledby="depart">
      <h2 id="depart">Si l’un d’eux part</h2>
      <form method="get" action={`${url}#depart`} class="card">
        <Select
          name="sans"
          label="Voir les parts sans"
          value={departure?.departures.find(({ name }) => name === departure.name)?.id ?? ''}
          empty="Choisissez"
          choices={shares.shares.map(({ id, name }) => ({ value: id, label: name }))}
          errors={[]}
        />
        <button type="submit" class="secondary">
          Voir ce que cela change
        </button>
      </form>
      {departure === null ? null : !departure.after.ok ? (
        <>
          <p>Sans {departure.name}, la clé ne s’applique plus :</p>
          <ul>
            {departure.after.gaps.map(gap => (
              <li key={gapWords(gap).sentence}>{gapWords(gap).sentence}</li>
            ))}
          </ul>
        </>
      ) : (
        <>
          <p>Les coûts restent les mêmes. Rien n’est enregistré.</p>
          <DataTable
            label={`Parts sans ${departure.name}`}
            columns={['Qui paie', 'Avant', 'Après', 'Écart']}
            rows={departure.departures.map(({ id, name, before, after }) => ({
              id,
              cells: [
                name,
                centsWords(before.costs),
                after === null ? 'parti' : centsWords(after.costs),
                after === null ? '' : signed(after.costs - before.costs),
              ],
            }))}
          />
        </>
      )}
    </section>
  )
}

const signed = (cents: number): string => `${cents > 0 ? '+' : ''}${centsWords(cents)}`

function Presets({ grappeId }: { grappeId: string }) {
  return (
    <section aria-labelledby="modeles">
      <h2 id="modeles">Partir d’une clé connue</h2>
      <p>Elle remplit le formulaire ; rien n’est enregistré avant vous. Aucune n’est officielle.</p>
      <ul>
        {SHARING_PRESETS.map(({ code, title, told, source }) => (
          <li key={code}>
            <a href={`${urlTo('sharing', { grappe: grappeId })}?modele=${code}#cle`}>{title}</a>. {told}{' '}
            <span class="muted">Source : {source}.</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
