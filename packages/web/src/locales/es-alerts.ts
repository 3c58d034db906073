import { countingIn } from './counting.ts'
import type { enAlerts } from './en-alerts.ts'

const { count } = countingIn('es')

export const esAlerts: typeof enAlerts = {
  alerts: {
    intro: 'Qué va mal ahora en las sincronizaciones, y a quién se ha avisado.',
    standing: 'Lo que va mal',
    well: 'Nada va mal.',
    wellHint: 'Una sincronización se vigila cuando su archivo tiene reglas de aviso.',
    alert: 'Aviso',
    since: 'Desde',
    kind: {
      failed: 'Fallida',
      held: 'Retenida',
      rejected: 'Rechazos',
      slow: 'Lenta',
      stale: 'Parada',
    },
    says: {
      failed: 'la ejecución falló',
      held: 'la ejecución está retenida',
      rejected: (value, limit) => `se rechazó el ${value} de sus cambios; como mucho ${limit}`,
      slow: (value, limit) => `la ejecución duró ${value}; como mucho ${limit}`,
      slowSoFar: (limit) => `la ejecución dura ya más de ${limit}`,
      stale: (limit) => `no se ha aceptado nada durante más de ${limit}`,
    },
    told: 'De qué se ha avisado',
    toldHint: 'Lo más reciente primero; se guarda 90 días.',
    toldNothing: 'Aún no se ha avisado de nada.',
    to: 'A',
    event: { raised: 'empieza', recovered: 'va bien de nuevo' },
    status: { pending: 'espera', told: 'avisado', refused: 'rechazado', given_up: 'abandonado' },
    tries: (n) => count(n, 'intento', 'intentos'),
    sentence: 'Con estas palabras',
    notifiers: 'Avisadores',
    notifiersHint: 'Maneras de avisar a la gente. Los secretos no se muestran nunca.',
    noNotifiers: 'Aún no hay avisadores',
    noNotifiersHint: 'Describa uno en notifiers/NOMBRE.yaml de su proyecto y despliéguelo.',
    test: 'Enviar una prueba',
    usedBy: 'Lo usan',
    usedByNobody: 'ninguna sincronización',
    rules: 'Reglas',
    rulesHint: 'A quién avisa cada sincronización, y de qué.',
    noRules: 'Aún no hay sincronizaciones.',
    wrongNow: 'Va mal ahora',
  },
}
