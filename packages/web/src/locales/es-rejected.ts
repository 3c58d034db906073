import { countingIn } from './counting.ts'
import type { enRejected } from './en-rejected.ts'

const { count, number } = countingIn('es')
const inARow = (n: number): string => (n === 1 ? '1 ejecución' : `${number(n)} ejecuciones seguidas`)

export const esRejected: typeof enRejected = {
  rejected: {
    title: 'Rechazados',
    intro: (n, tries) =>
      `El destino rechaza ${count(n, 'cambio', 'cambios')} y no ${n === 1 ? 'lo' : 'los'} ha aceptado desde entonces. ${
        tries === null
          ? 'Cada ejecución vuelve a intentarlo.'
          : `Tras ${inARow(tries)} un cambio se aparta y ya no se envía.`
      }`,
    none: 'No se encuentra ningún cambio.',
    setAside: 'apartado',
    triedAgain: 'se reintenta',
    nextRun: 'Próxima ejecución',
    only: 'Apartados',
    tries: 'Intentos',
    runs: 'Ejecuciones',
    reason: 'Motivo',
    retry: 'Reintentarlos todos',
    retryTitle: '¿Reintentar todo lo rechazado?',
    retryBody:
      'Se olvida cuántas veces se rechazó cada uno. Ahora no se envía nada: la próxima ejecución los envía todos.',
    policy: 'Aparta',
    policyOf: (tries) => `lo que se rechaza en ${inARow(tries)}`,
    figure: 'Apartados',
    figureHint: 'no se envían: el destino los rechaza una y otra vez',
    coupled: (n) =>
      `${count(n, 'identificador permanece', 'identificadores permanecen')}, porque lo que ha ocupado su lugar está apartado`,
    ofMembers: 'apartados',
    nothing: (n) => `Nada que enviar: ${count(n, 'cambio apartado', 'cambios apartados')}.`,
    story: {
      add: (tries) => `su alta, en ${inARow(tries)}`,
      remove: (tries) => `su baja, en ${inARow(tries)}`,
      since: (run) => `apartado desde la ejecución ${run}`,
      again: 'la próxima ejecución lo reintenta',
    },
  },
}
