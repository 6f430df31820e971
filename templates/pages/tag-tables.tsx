/** Every tag that a model may hold, with its meaning and an example. */
import type { JSX } from 'preact'
import type { PieceScope } from '../../server/domain/call.ts'
import { TAGS, type Tag } from '../../server/domain/kit/tags.ts'
import { list } from './format.ts'
import { DataTable } from './porteur/data-table.tsx'

const SCOPE_WORDS: Readonly<Record<PieceScope, string>> = {
  grappe: 'de la grappe',
  og: 'd’un OG',
  esms: 'd’un ESMS',
}

const whereWords = ({ scopes, within = [] }: Tag): string =>
  [
    ...(scopes.length === 0 ? [] : [`documents ${list(scopes.map(scope => SCOPE_WORDS[scope]))}`]),
    ...within.map(name => `dans {#${name}}`),
  ].join(' ; ')

const KINDS = { fact: 'Valeurs', condition: 'Conditions', list: 'Listes' } as const

export function TagTables(): JSX.Element {
  return (
    <>
      <p class="lead">
        Un mot entre accolades est remplacé par ce que la grappe sait. Ce que personne n’a indiqué devient
        « [à compléter : …] ».
      </p>
      {(Object.keys(KINDS) as Tag['kind'][]).map(kind => (
        <section key={kind}>
          <h2>{KINDS[kind]}</h2>
          <DataTable
            label={KINDS[kind]}
            columns={['Balise', 'Ce qu’elle devient', 'Exemple', 'Où']}
            rows={TAGS.filter(tag => tag.kind === kind).map(tag => ({
              id: tag.name,
              cells: [
                <code key="tag">{kind === 'fact' ? `{${tag.name}}` : `{#${tag.name}}`}</code>,
                tag.meaning,
                tag.example,
                whereWords(tag),
              ],
            }))}
          />
        </section>
      ))}
    </>
  )
}
