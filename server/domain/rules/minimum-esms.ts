import { defineRule, minimumRange, placeUnknown } from './rule.ts'

/**
 * Members are counted by ESMS, never by OG. A straddling grappe is sure only above every minimum that may
 * hold.
 */
export const minimumEsms = defineRule({
  code: 'minimum-esms',
  title: 'Nombre minimum d’ESMS',
  parameters: {
    minimum: { kind: 'threshold', meaning: 'nombre d’ESMS exigé, et les territoires où il est différent' },
  },
  evaluate({ minimum }, { members }) {
    const count = members.length
    const { least, most } = minimumRange(minimum, members)
    if (count >= most) {
      return { status: 'satisfait', reason: `La grappe compte ${count} ESMS, pour ${most} au moins.` }
    }
    if (count < least) {
      const missing = least - count
      return {
        status: 'non-satisfait',
        reason:
          `La grappe compte ${count} ESMS : il en manque ${missing} pour atteindre le minimum ` +
          `de ${least}.`,
        remedy: `Ajoutez au moins ${missing} ESMS, ou rejoignez une autre grappe.`,
        place: 'membres',
      }
    }
    return {
      status: 'a-verifier',
      reason:
        `La grappe compte ${count} ESMS, et le minimum est de ${least} ou de ${most} selon ` +
        'le territoire.',
      ...placeUnknown(
        members,
        'Demandez à votre ARS quel minimum s’applique à une grappe répartie sur plusieurs territoires.',
      ),
      ars: { toAssess: 'le minimum qui vaut pour cette grappe.' },
    }
  },
  margin({ minimum }, { members }) {
    // Those who leave may all be elsewhere, so the greatest minimum stays.
    return members.length - minimumRange(minimum, members).most
  },
})
