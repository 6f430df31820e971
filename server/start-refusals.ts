/** Why a server does not start, for whoever starts it: which is which, and what to do. */
import type { Census, Identity, StartRefusal } from './domain/installation.ts'

export interface StartWords {
  dataDir: string
  /** Where the files are, and the setting that says so. */
  place: { name: string; setting: 'DATA_DIR' | 'STORAGE_URL' }
  /** As it is called in a sentence. */
  database: string
  store: Identity | null
  row: Identity | null
  census: Census | null
  keyFrom: 'setting' | 'file' | 'none'
}

const UNTOUCHED = 'Rien n’a été touché.'
const ADOPT = 'npm run storage -- adopt'

/** Enough of an id to know it again. */
export const short = (id: string | undefined): string => (id === undefined ? 'inconnu' : id.slice(0, 8))

const files = (count: number): string =>
  count > 1 ? `${count.toLocaleString('fr-FR')} fichiers` : `${count} fichier`

const places = ({ setting }: StartWords['place']): string => `Vérifiez DATABASE_URL et ${setting}.`

const together = (place: StartWords['place']): string =>
  `${places(place)} S’ils vont bien ensemble : ${ADOPT}.`

const ownStore = ({ setting }: StartWords['place']): string =>
  setting === 'DATA_DIR'
    ? 'Donnez le dossier de cette base avec DATA_DIR'
    : 'Donnez son compartiment avec STORAGE_URL, ou copiez-y d’abord ses fichiers ' +
      '(npm run storage -- copy dossier compartiment)'

const SENTENCES: Readonly<Record<StartRefusal, (words: StartWords) => string>> = {
  'other-pair': ({ place, database, store, row }) =>
    `${capital(place.name)} (dépôt ${short(store?.storeId)}) va avec la base ${short(store?.databaseId)}, ` +
    `mais ${database} est la base ${short(row?.databaseId)}, qui va avec le dépôt ${short(row?.storeId)}. ` +
    `${UNTOUCHED} ${places(place)} Si ces deux-là doivent aller ensemble : ${ADOPT}.`,
  'unknown-database': ({ place, database, store }) =>
    `${capital(place.name)} (dépôt ${short(store?.storeId)}) va avec la base ${short(store?.databaseId)}, ` +
    `mais ${database} n’a pas d’identité : elle est neuve, ou vient d’une sauvegarde plus ancienne. ` +
    `${UNTOUCHED} ${places(place)} Si c’est bien la base de ce dossier : ${ADOPT}.`,
  'unknown-store': ({ place, database, row }) =>
    `${capital(database)} (base ${short(row?.databaseId)}) va avec le dépôt de fichiers ` +
    `${short(row?.storeId)}, mais ${place.name} n’est pas ce dépôt. Deux serveurs qui ne partagent ` +
    `pas leurs fichiers ne peuvent pas servir la même base. ${UNTOUCHED} ${ownStore(place)}, ou, s’il a ` +
    `été restauré sans identite.json : ${ADOPT}.`,
  'bytes-without-rows': ({ place, database, census }) =>
    `${capital(place.name)} contient ${files(census?.held ?? 0)}, et ${database} n’en connaît aucun : ` +
    `ce n’est sans doute pas la sienne. ${UNTOUCHED} ${together(place)}`,
  'rows-without-bytes': ({ place, database, census }) =>
    `${capital(database)} connaît ${files(census?.referenced ?? 0)}, et ${place.name} n’en ` +
    `contient aucun : ce n’est sans doute pas le sien. ${UNTOUCHED} ` +
    `${together(place)}`,
  'too-different': ({ place, database, census }) =>
    `${capital(place.name)} et ${database} ne vont pas ensemble : ${files(missing(census))} sur ` +
    `${census?.referenced ?? 0} y manquent, et ${files(unknown(census))} sur ` +
    `${census?.held ?? 0} sont inconnus de la base. ${UNTOUCHED} ` +
    `${together(place)}`,
  'key-missing': ({ dataDir, database }) =>
    `La clé secrète manque : ${database} en attend une, SECRET_KEY n’est pas réglé et ` +
    `${dataDir}/cle-secrete est absent ou vide. Remettez ce fichier depuis la sauvegarde, ou SECRET_KEY. ` +
    `Si la clé est perdue pour de bon : ${ADOPT} --cle-perdue.`,
  'key-changed': ({ dataDir, database, keyFrom }) =>
    `La clé secrète (${keyFrom === 'setting' ? 'réglage SECRET_KEY' : `fichier ${dataDir}/cle-secrete`}) ` +
    `n’est pas celle avec laquelle les liens de ${database} ont été faits : aucun ne pourrait être ` +
    `renvoyé. ${UNTOUCHED} Remettez la clé d’origine, qui vient de SECRET_KEY ou du fichier cle-secrete ` +
    `de DATA_DIR. Si elle est perdue pour de bon : ${ADOPT} --cle-perdue.`,
}

export function sentenceOf(refusal: StartRefusal, words: StartWords): string {
  return SENTENCES[refusal](words)
}

/** The embedded database of this folder is gone, or its database was never embedded. */
export function withoutDatabase(place: string, dataDir: string, held: number): string {
  return (
    `${capital(place)} a déjà servi (${files(held)}), mais sa base embarquée, ${dataDir}/base, est ` +
    `absente, et DATABASE_URL n’est pas réglé. ${UNTOUCHED} Remettez base/ depuis la sauvegarde, ou ` +
    'DATABASE_URL. Pour repartir de zéro, donnez un autre dossier avec DATA_DIR.'
  )
}

/** The store of files cannot be asked which one it is. */
export function withoutStore(place: string, why: string): string {
  return (
    `${capital(place)} ne répond pas, ou refuse : ${why}. ${UNTOUCHED} Vérifiez STORAGE_URL (adresse, ` +
    'compartiment, clé et secret, region) et les droits de cette clé : lire, écrire, supprimer et lister.'
  )
}

function missing(census: Census | null): number {
  return census === null ? 0 : census.referenced - census.present
}

function unknown(census: Census | null): number {
  return census === null ? 0 : census.held - census.present
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
