/**
 * Registry files of real size in the real formats, with invented structures. The same seed gives the same
 * bytes.
 *
 * `tsx scripts/bench/generate-finess.ts csv FILE [ESTABLISHMENTS]`
 * `tsx scripts/bench/generate-finess.ts finess-plus FILE.json.gz [ESTABLISHMENTS]`
 */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { finessKey } from '../../server/domain/finess.ts'

/** The size of the national CSV of May 2026. */
export const NATIONAL_ESTABLISHMENTS = 103_000
/** Closed establishments included: inflates to about 750 MB, as the real monthly file does. */
export const FINESS_PLUS_ESTABLISHMENTS = 234_000

const KINDS = 'EHPAD,IME,ESAT,SESSAD,FOYER DE VIE,SAVS,CMPP,E.H.P.A.D.,SSIAD,FAM'.split(',')
/** One in twenty has quotes and a separator, as real names may. */
const PREFIXES = "LES JARDINS DE,SAINT,LA RÉSIDENCE,CŒUR DE,CHÂTEAU,L'ÉTOILE,BEAU,MAISON".split(',')
const SYLLABLES = (
  'bel,cha,mon,vil,ro,tour,neu,ver,fon,lac,mar,quin,ys,dre,gny,ac,' +
  'pier,lou,san,tri,bour,ge,val,es,ner,au,cour,dou'
).split(',')
const DEPARTMENTS = [
  ...Array.from({ length: 95 }, (_, index) => String(index + 1).padStart(2, '0')).filter(d => d !== '20'),
  '2A',
  '2B',
]
const CATEGORIES = ['500', '183', '246', '182', '382', '446', '189', '177', '501', '354']

interface Establishment {
  number: string
  name: string
  longName: string
  town: string
  department: string
  postalCode: string
  category: string
  siret: string
  closedOn: string | null
}

interface LegalEntity {
  number: string
  name: string
  siren: string
  establishments: Establishment[]
}

/** Legal entities with two establishments each on average, up to the number of establishments asked for. */
function* legalEntities(establishments: number, closedShare: number): Generator<LegalEntity> {
  const random = seeded(20_261_122)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const word = () => `${pick(SYLLABLES)}${pick(SYLLABLES)}${pick(SYLLABLES)}`.toUpperCase()
  const serials = new Map<string, number>()
  const number = (department: string) => {
    const serial = serials.get(department) ?? 0
    serials.set(department, serial + 1)
    const firstEight = `${department}0${String(serial).padStart(5, '0')}`
    return firstEight + finessKey(firstEight)
  }
  let made = 0
  while (made < establishments) {
    const department = pick(DEPARTMENTS)
    const size = Math.min(1 + Math.floor(random() ** 3 * 8), establishments - made)
    const siren = String(Math.floor(random() * 1e9)).padStart(9, '0')
    yield {
      number: number(department),
      name: `ASSOCIATION ${word()}`,
      siren,
      establishments: Array.from({ length: size }, () => {
        const town = word()
        const own = `${pick(PREFIXES)} ${word()}`
        const name = `${pick(KINDS)} ${random() < 0.05 ? `"${own}"; ANNEXE` : own}`
        return {
          number: number(department),
          name,
          longName: `${name} DE ${town}`,
          town,
          department,
          postalCode:
            `${department.replace(/[AB]/, '0')}` + `${String(Math.floor(random() * 1000)).padStart(3, '0')}`,
          category: pick(CATEGORIES),
          siret: siren + String(made).padStart(5, '0').slice(-5),
          closedOn: random() < closedShare ? '2011-06-30' : null,
        }
      }),
    }
    made += size
  }
}

/** The old extract, UTF-8, one `geolocalisation` record after each hundredth establishment's. */
export function* finessCsv(establishments: number): Generator<string> {
  const quoted = (value: string) => (/[";]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
  yield 'finess;etalab;111;2026-05-12\n'
  let positions = ''
  let made = 0
  for (const entity of legalEntities(establishments, 0)) {
    let lines = ''
    for (const et of entity.establishments) {
      const before = ['structureet', et.number, entity.number, et.name, et.longName]
      const address =
        `;;12;R;DE LA PAIX;;BP 12;451;${et.department};DEPARTEMENT;${et.postalCode} ` +
        `${et.town};0474454647;`
      const after =
        `${et.category};Libellé de la catégorie;4401;Libellé de ` +
        `l'agrégat;${et.siret};8710A;40;ARS/PCD, Tarif global, habilité aide sociale, ` +
        'recours PUI;9;Indéterminé;1979-02-13;1979-02-13;2020-02-04;'
      lines += `${before.map(quoted).join(';')};${address};${after}\n`
      if (made++ % 100 === 0)
        positions += `geolocalisation;${et.number};870215.6;6571590.5;1,ATLASANTE,100;2026-05-11\n`
    }
    yield lines
  }
  yield positions
}

/**
 * The replacement format: one object, its fields spelled and nested as in the real example, with events and
 * contacts as ballast.
 */
export function* finessPlusJson(establishments: number): Generator<string> {
  yield '{"schemaVersion":"v1.0.0","generatedAt":"2026-03-09T15:49:37.615611300Z","pmej":['
  const random = seeded(2)
  let separator = ''
  for (const entity of legalEntities(establishments, 0.5)) {
    yield separator +
      JSON.stringify({
        informationsGeneralesPMEJ: {
          pmSmsseId: entity.siren,
          codeApe: '86.10Z',
          dateCreation: '2001-01-01',
          denominationLonguePmSmsse: entity.name,
          denominationPm: entity.name,
          numFinessPm: entity.number,
          siren: entity.siren,
          statutJuridique: '73',
          typePersonneMorale: '01',
        },
        adresse: address('01000', 'BOURG EN BRESSE', '01053'),
        evenement: events(entity.number, random),
        ege: entity.establishments.map(et => ({
          informationsGeneralesEGE: {
            egeId: et.siret,
            dateOuverture: '1956-11-16',
            datePremiereAutorisation: '1956-11-16',
            nomEgeCourt: et.name,
            nomEgeLong: et.longName,
            numFinessEge: et.number,
            espic: ['0'],
            siret: et.siret,
            ...(et.closedOn === null ? {} : { dateFermeture: et.closedOn }),
          },
          categorieentiteGeographiqueExercice: et.category,
          modefixationtarifaire: '07',
          typeBudget: ['01'],
          adresse: address(et.postalCode, et.town, `${et.department}053`),
          roleEge: [],
          contact: [
            {
              typeContact: { roleContact: '01' },
              telecom: { telephone: '0474454647', telecopie: '0474454114', courriel: 'accueil@exemple.fr' },
            },
          ],
          evenement: events(et.number, random),
          etatObjet: et.closedOn === null ? 'A' : 'I',
          dateDerniereMaj: '2021-10-18 00:00:00',
        })),
        etatObjet: 'A',
        dateDerniereMaj: '2021-10-18 00:00:00',
      })
    separator = ','
  }
  yield '],"gco":{"typeGCO":"01","pmejDuGco":[]},"gcc":{"gccId":"1"}}'
}

function address(codePostal: string, ligneAcheminement: string, cogCommune: string) {
  return [
    {
      usageAdresse: '03',
      numeroVoie: '12',
      typeVoie: 'R',
      libelleVoie: 'DE LA PAIX',
      cogCommune,
      ligneAcheminement,
      codePostal,
      coordonneesGeographique: {
        coordonneeX: '870215.6',
        coordonneeY: '6571590.5',
        directionLatitude: 'N',
        directionLongitude: 'E',
        scoreBAN: '0.97',
      },
    },
  ]
}

function events(identifiantObjet1: string, random: () => number) {
  return Array.from({ length: 6 }, () => ({
    evenementId: String(Math.floor(random() * 1e12)),
    dateEnregistrement: `20${String(Math.floor(random() * 1e12)).slice(0, 2)}-10-18 00:00:00`,
    dateEvenement: '2021-10-18',
    etatObjet1: 'A',
    identifiantObjet1,
    systemeMaitre: 'FINESS',
    typeObjet1: 'EGE',
    codeEvenement: 'MODIFICATION_DONNEES_GENERALES',
  }))
}

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Writes a generated file, gzipped when its name ends with `.gz`. */
export async function writeGenerated(parts: Iterable<string>, path: string): Promise<void> {
  const gzip = path.endsWith('.gz') ? [createGzip({ chunkSize: 1 << 18 })] : []
  await pipeline([Readable.from(joined(parts)), ...gzip, createWriteStream(path)])
}

function* joined(parts: Iterable<string>): Generator<Buffer> {
  let text = ''
  for (const part of parts) {
    text += part
    if (text.length > 1 << 18) {
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [format, path, count] = process.argv.slice(2)
  if (path === undefined || (format !== 'csv' && format !== 'finess-plus')) {
    console.error('Usage: tsx scripts/bench/generate-finess.ts csv|finess-plus FILE [ESTABLISHMENTS]')
    process.exit(1)
  }
  const parts =
    format === 'csv'
      ? finessCsv(Number(count ?? NATIONAL_ESTABLISHMENTS))
      : finessPlusJson(Number(count ?? FINESS_PLUS_ESTABLISHMENTS))
  await writeGenerated(parts, path)
}
