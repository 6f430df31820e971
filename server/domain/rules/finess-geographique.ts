import type { RegistryStatus } from '../grappe.ts'
import { agree, type CriterionStatus, defineRule, idsOf, judgeEach } from './rule.ts'

/** A number that the registry does not hold may be newer than the registry: to be verified, not refused. */
const STATUS: Readonly<Record<RegistryStatus, CriterionStatus>> = {
  ouvert: 'satisfait',
  ferme: 'non-satisfait',
  juridique: 'non-satisfait',
  absent: 'a-verifier',
  'non-verifie': 'a-verifier',
}

export const finessGeographique = defineRule({
  code: 'finess-geographique',
  title: 'Un numéro FINESS géographique ouvert par ESMS',
  parameters: {},
  evaluate(_, { members }) {
    const count = (registry: RegistryStatus) =>
      members.filter(esms => esms.finess !== null && esms.registry === registry).length
    const missing = members.filter(esms => esms.finess === null).length
    const figures = (list: readonly (readonly [concerned: number, one: string, many: string])[]) =>
      list
        .filter(([concerned]) => concerned > 0)
        .map(([concerned, one, many]) => `${concerned} ${agree(concerned, one, many)}`)
        .join(', ')
    const finding = judgeEach(
      members,
      esms => (esms.finess === null ? 'a-verifier' : STATUS[esms.registry]),
      {
        satisfait: `Tous les ESMS (${members.length}) ont un numéro FINESS ouvert au répertoire.`,
        'non-satisfait': () => [
          `Des numéros ne sont pas ceux d’établissements ouverts : ${figures([
            [count('juridique'), 'numéro d’entité juridique', 'numéros d’entité juridique'],
            [count('ferme'), 'établissement fermé', 'établissements fermés'],
          ])}.`,
          'Saisissez le numéro géographique (ET) de chaque établissement ouvert ; sans lui, ' +
            'l’ESMS n’est pas financé.',
        ],
        'a-verifier': concerned => [
          `${concerned} ESMS sur ${members.length} ${agree(concerned, 'est', 'sont')} à vérifier : ${figures([
            [missing, 'sans numéro', 'sans numéro'],
            [count('absent'), 'absent du répertoire chargé', 'absents du répertoire chargé'],
            [count('non-verifie'), 'non vérifié au répertoire FINESS', 'non vérifiés au répertoire FINESS'],
          ])}.`,
          missing + count('absent') > 0
            ? 'Complétez les numéros manquants, et vérifiez ceux que le répertoire ne connaît pas.'
            : 'Demandez à qui administre ce serveur d’y charger le répertoire FINESS : les numéros seront ' +
              'comparés.',
          missing + count('absent') > 0 ? 'fiches' : 'hors-outil',
          { toAssess: 'ces numéros, à rapprocher du répertoire FINESS.' },
        ],
      },
    )
    // No member's record is to mend where only the registry is missing.
    const mendable = members.filter(esms => esms.finess === null || esms.registry === 'absent')
    return finding.status === 'a-verifier' && mendable.length > 0
      ? { ...finding, esmsIds: idsOf(mendable) }
      : finding
  },
})
