import type { enDeletion } from './en-deletion.ts'

export const esDeletion: typeof enDeletion = {
  deletion: {
    label: 'Eliminar',
    title: (name) => `¿Eliminar ${name}?`,
    forgets: {
      source: 'Muster olvida cómo se llega a él y sus credenciales. Nada cambia en él.',
      model: 'Muster olvida lo que lee. Nada cambia en su origen.',
      destination: 'Muster olvida cómo se llega a él y sus claves. Nada cambia allí.',
      notifier: 'Muster olvida cómo se llega a él. Nada cambia allí.',
      sync: 'Desaparecen sus ejecuciones, con sus planes y registros, y lo que se sabe de su cohorte.',
    },
    forGood: 'No se puede deshacer.',
    panel: 'Eliminar',
    what: 'Elimina la sincronización con sus ejecuciones. No se envía nada: quien está en la cohorte se queda en ella.',
    neverRan: 'No se ha ejecutado nunca, y eliminarla no envía nada.',
    stays: (members, cohort, destination) =>
      `Eliminar no envía nada: los ${members} aceptados en la cohorte ${cohort} de ${destination} se quedan en ella.`,
    staysOut: (members, cohort, destination) =>
      `Eliminar no envía nada: los ${members} quitados de la cohorte ${cohort} de ${destination} siguen fuera.`,
    staysUnknown: (cohort, destination) =>
      `Eliminar no envía nada: quien está en la cohorte ${cohort} de ${destination} se queda en ella.`,
    remedy:
      'Para quitarlos antes, haga que use un modelo que no dé filas (where false), ejecútela y libere la ejecución que entonces retendrá una guarda.',
    remedyByMirror:
      'Para quitarlos antes, ponga su modo en mirror, haga que use un modelo que no dé filas (where false), ejecútela y libere la ejecución que entonces retendrá una guarda.',
    done: (name) => `${name} se ha eliminado`,
    leftTables: (prefix, source) =>
      `Quedan en el almacén de ${source} tablas llamadas ${prefix}…. Muster lo intenta otra vez durante una hora.`,
    leftFiles: 'Quedan sus archivos en el directorio de datos. Muster lo intenta otra vez cada minuto.',
  },
}
