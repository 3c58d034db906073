import { countingIn } from './counting.ts'
import type { enSync } from './en-sync.ts'

const { number } = countingIn('es')

export const esSync: typeof enSync = {
  sources: {
    intro: 'De dónde vienen las filas. Muster solo las lee.',
    empty: 'Aún no hay orígenes',
    emptyHint:
      'Describa uno en sources/NOMBRE.yaml de su proyecto y despliéguelo. Un proyecto inicial ya trae uno.',
    showTables: 'Mostrar sus tablas',
    hideTables: 'Ocultar las tablas',
    tablesOf: (source) => `Tablas de ${source}`,
    filterTables: 'Buscar por el nombre de una tabla o columna',
    table: 'Tabla',
    columns: 'Columnas',
    rows: 'Filas',
    showRows: 'Mostrar filas',
    engines: 'Una sincronización puede comparar',
    engine: {
      local: 'aquí (local)',
      checksums: 'por sumas de comprobación que calcula el origen (checksums)',
      warehouse: 'en el propio almacén (warehouse)',
    },
    tablesShown: (shown, found, complete) =>
      `${number(shown)} de ${number(found)} tablas${complete ? '' : '; el origen tiene más de las que caben en la lista'}`,
  },
  models: {
    intro: 'Un modelo es una sentencia SQL, una tabla o un modelo de dbt; cada fila que da es alguien.',
    empty: 'Aún no hay modelos',
    emptyHint:
      'Escriba models/NOMBRE.sql y, a su lado, models/NOMBRE.yaml con el origen y la columna clave; después despliegue.',
    key: 'Columna clave',
    sql: 'SQL',
    preview: 'Mostrar las primeras filas',
    hidePreview: 'Ocultar las filas',
    noRows: 'La sentencia no da filas.',
    previewOf: (name) => `Las primeras filas de ${name}`,
  },
  destinations: {
    intro: 'Adónde van las cohortes. Los secretos no se muestran nunca.',
    empty: 'Aún no hay destinos',
    emptyHint:
      'Cree claves en la página del socio, describa destinations/NOMBRE.yaml con ellas y despliegue.',
  },
  syncs: {
    intro: 'Una sincronización mantiene una cohorte de un destino igual a lo que dice un modelo.',
    empty: 'Aún no hay sincronizaciones',
    emptyHint:
      'Describa syncs/NOMBRE.yaml con un modelo, un destino y los identificadores; después despliegue.',
    accepted: 'Aceptados',
    lastRun: 'Última ejecución',
    nextRun: 'Próxima ejecución',
    notRunYet: 'aún sin ejecutar',
    newCohort: (name) => `cohorte nueva «${name}»`,
    existingCohort: (id) => `cohorte existente ${id}`,
  },
  sync: {
    definition: 'Qué hace',
    reads: 'Lee el modelo',
    names: 'Nombra a cada persona por',
    orElse: 'si no,',
    external_id: (column) => `external_id de ${column}`,
    alias: (label, column) => `alias ${label} de ${column}`,
    device_id: (column) => `device_id de ${column}`,
    keeps: 'Mantiene',
    runs: 'Se ejecuta',
    after: (sync) => `después de cada ejecución buena de ${sync}`,
    afterDbt: (models) =>
      `después de cada trabajo de dbt que haya construido ${models === null ? 'su modelo' : models}`,
    dbtJob: 'Último trabajo de dbt',
    noDbtJob: 'ninguno ha terminado todavía',
    cron: (pattern, zone) => `a ${pattern} (cron, ${zone})`,
    manually: 'cuando se le pide',
    times: 'Es decir, las próximas',
    every: (duration) => `cada ${duration}`,
    engine: 'Compara',
    engines: {
      local: 'aquí: se leen todas las filas del modelo',
      checksums:
        'por sumas de comprobación que calcula el origen: solo se leen las filas de los grupos que cambian',
      warehouse: 'en el propio almacén: solo se leen los cambios',
    },
    modes: {
      mirror: 'exactamente los miembros que da el modelo',
      add_only: 'todos los que el modelo ha dado alguna vez: no se quita a nadie',
      remove_only: 'nadie del modelo: se les saca, y no se añade a nadie',
    },
    mode: 'En ella',
    tells: 'Avisa de problemas',
    tellsTo: (names) => `a ${names}, cuando una ejecución falla o se retiene`,
    tellsOf: {
      max_rejected: (share) => `se rechaza más del ${share} de una ejecución`,
      max_duration: (duration) => `una ejecución dura más de ${duration}`,
      no_change_for: (duration) => `no se acepta nada durante ${duration}`,
    },
    tellsNobody: 'a nadie: no tiene reglas de aviso',
    heldWhen: 'Se retiene cuando',
    guard: {
      max_removed: (share) => `se quitaría a más del ${share}`,
      max_added: (share) => `se añadiría a más del ${share}`,
      max_removed_count: (n) => `se quitaría a más de ${n}`,
      max_added_count: (n) => `se añadiría a más de ${n}`,
      max_deviation: (share) => `el modelo se aparta más del ${share} de su número habitual de miembros`,
      max_age: (column, than) => `el ${column} más reciente tiene más de ${than}`,
      min_members: (n) => `el modelo da menos de ${n}`,
      max_null_keys: (share) => `más del ${share} de las filas no tiene identificador`,
      max_invalid: (share) => `más del ${share} de las filas tiene un identificador no válido`,
    },
    cohortId: 'Id de la cohorte',
    accepted: 'Miembros que el destino ha aceptado',
    planNow: 'Planificar',
    planHint: 'Lee y compara; no envía nada.',
    runNow: 'Ejecutar',
    runHint: 'Lee, compara y, si ninguna guarda lo retiene, envía.',
    latest: 'Última ejecución',
    earlier: 'Ejecuciones',
    history: 'Historia',
    now: 'Ahora',
    next: 'Lo siguiente',
    nextNothing: 'nada hasta que alguien pida una ejecución',
    nextAfter: (sync) => `una ejecución en cuanto una de ${sync} termine bien`,
    nextPaused: 'nada, porque está en pausa',
    queue: 'Cola',
    queueEmpty: 'nadie espera',
    queued: (run) => `la ejecución ${run} espera su turno; lo que pida otra se une a ella`,
    underWay: (run) => `la ejecución ${run} está en curso`,
    paused: 'En pausa',
    pausedSince: 'Nada inicia una ejecución. En pausa desde el',
    pause: 'Pausar',
    pauseTitle: '¿Pausar esta sincronización?',
    pauseBody:
      'Nada inicia una ejecución hasta que se reanude; una hora que pase mientras tanto cuenta una vez. Una ejecución en curso sigue.',
    resume: 'Reanudar',
    mending: 'Reparar',
    mendingHint: 'Para cuando la cohorte no es lo que debería. Todo pregunta antes.',
    noRun: 'Aún no se ha ejecutado',
    noRunHint: 'Planifíquela: Muster mostrará a quién se añadiría y a quién se quitaría, sin enviar nada.',
  },
  mend: {
    run: 'Ejecutarlo',
    accepted: (n) => `El destino ha aceptado ${n} hasta ahora.`,
    full_resync: {
      label: 'Reenvío completo',
      what: 'Envía a todos una vez más, aceptados antes o no. A quien ha dejado el modelo se le quita como siempre.',
      title: '¿Enviarlo todo una vez más?',
      follows:
        'La cohorte no está nunca vacía mientras tanto. Cuesta las peticiones de una primera ejecución.',
    },
    reconcile: {
      label: 'Reconciliar',
      what: 'Repara la cohorte según lo que el destino dice que hay en ella.',
      title: '¿Reparar la cohorte según lo que hay en ella?',
      follows:
        'Se añade a quien falta y se quita a quien está en ella sin deber estarlo. Un destino que no dice quién está en la cohorte lo recibe todo una vez más.',
    },
    reset: {
      label: 'Restablecer',
      what: 'Toma por aceptado lo que da el modelo ahora, y no envía nada.',
      title: '¿Tomar el modelo por aceptado?',
      follows:
        'Desde entonces solo se envían cambios. Quien no esté en la cohorte aunque el modelo lo tenga queda fuera hasta un reenvío completo.',
    },
    forget: {
      label: 'Olvidar',
      what: 'Olvida lo aceptado, y no envía nada: la próxima ejecución es una primera.',
      title: '¿Olvidar lo aceptado?',
      follows:
        'La próxima ejecución envía a todos y no quita a nadie: quien haya dejado el modelo queda en la cohorte.',
    },
  },
}
