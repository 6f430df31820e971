/** Why a server does not start, for whoever starts it: which is which, and what to do. */
import type { Census, Identity, StartRefusal } from './domain/installation.ts'

export interface StartWords {
  dataDir: string
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

const PLACES = 'Vérifiez DATABASE_URL et DATA_DIR.'

const SENTENCES: Readonly<Record<StartRefusal, (words: StartWords) => string>> = {
  'other-pair': ({ dataDir, database, store, row }) =>
    `Le dossier ${dataDir} (dépôt ${short(store?.storeId)}) va avec la base ${short(store?.databaseId)}, ` +
    `mais ${database} est la base ${short(row?.databaseId)}, qui va avec le dépôt ${short(row?.storeId)}. ` +
    `${UNTOUCHED} ${PLACES} Si ces deux-là doivent aller ensemble : ${ADOPT}.`,
  'unknown-database': ({ dataDir, database, store }) =>
    `Le dossier ${dataDir} (dépôt ${short(store?.storeId)}) va avec la base ${short(store?.databaseId)}, ` +
    `mais ${database} n’a pas d’identité : elle est neuve, ou vient d’une sauvegarde plus ancienne. ` +
    `${UNTOUCHED} ${PLACES} Si c’est bien la base de ce dossier : ${ADOPT}.`,
  'unknown-store': ({ dataDir, database, row }) =>
    `${capital(database)} (base ${short(row?.databaseId)}) va avec le dépôt de fichiers ` +
    `${short(row?.storeId)}, mais le dossier ${dataDir} n’est pas ce dépôt. Deux serveurs qui ne partagent ` +
    `pas leurs fichiers ne peuvent pas servir la même base. ${UNTOUCHED} Donnez le dossier de cette base ` +
    `avec DATA_DIR, ou, s’il a été restauré sans identite.json : ${ADOPT}.`,
  'bytes-without-rows': ({ dataDir, database, census }) =>
    `Le dossier ${dataDir} contient ${files(census?.held ?? 0)}, et ${database} n’en connaît aucun : ` +
    `ce n’est sans doute pas la sienne. ${UNTOUCHED} ${PLACES} S’ils vont bien ensemble : ${ADOPT}.`,
  'rows-without-bytes': ({ dataDir, database, census }) =>
    `${capital(database)} connaît ${files(census?.referenced ?? 0)}, et le dossier ${dataDir} n’en ` +
    `contient aucun : ce n’est sans doute pas le sien. ${UNTOUCHED} ${PLACES} S’ils vont bien ensemble : ` +
    `${ADOPT}.`,
  'too-different': ({ dataDir, database, census }) =>
    `Le dossier ${dataDir} et ${database} ne vont pas ensemble : ${files(missing(census))} sur ` +
    `${census?.referenced ?? 0} manquent au dossier, et ${files(unknown(census))} sur ` +
    `${census?.held ?? 0} sont inconnus de la base. ${UNTOUCHED} ${PLACES} S’ils vont bien ensemble : ` +
    `${ADOPT}.`,
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
export function withoutDatabase(dataDir: string, held: number): string {
  return (
    `Le dossier ${dataDir} a déjà servi (${files(held)}), mais sa base embarquée, ${dataDir}/base, est ` +
    `absente, et DATABASE_URL n’est pas réglé. ${UNTOUCHED} Remettez base/ depuis la sauvegarde, ou ` +
    'DATABASE_URL. Pour repartir de zéro, donnez un autre dossier avec DATA_DIR.'
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
