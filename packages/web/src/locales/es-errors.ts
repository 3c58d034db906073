import type { ErrorText } from './en.ts'

/** What the server's errors say, by code. One that is not here is shown as the server said it, in English. */
export const esErrors: Readonly<Record<string, ErrorText>> = {
  bad_input: { message: 'Lo enviado no es válido' },
  canary_held: {
    message: 'Una ejecución espera: sus primeros cambios no salieron bien',
    hint: 'Libérela o cancélela primero.',
  },
  changed_meanwhile: {
    message: 'Algo de lo que esto nombra ha cambiado mientras tanto',
    hint: 'Mire otra vez e inténtelo de nuevo.',
  },
  connection_lost: {
    message: 'La conexión con la base de datos se ha roto',
    hint: 'Ejecute otra vez; no se ha perdido nada.',
  },
  database_busy: {
    message: 'La base de datos pide que se intente otra vez',
    hint: 'Inténtelo en un momento.',
  },
  database_unreachable: { message: 'No se llega a la base de datos de Muster' },
  disk_full: {
    message: 'El disco del directorio de datos está lleno',
    hint: 'Libere espacio y ejecute otra vez; no se ha perdido nada.',
  },
  engine_not_granted: { message: 'El usuario del almacén no puede crear tablas en el esquema de Muster' },
  engine_not_possible: { message: 'El origen no puede comparar así', hint: 'Deje `engine` en local.' },
  files_damaged: {
    message: 'Los archivos de lo que se planificó o aceptó están dañados',
    hint: 'Reconcilie la sincronización: repara la cohorte según lo que hay en ella.',
  },
  forbidden_address: { message: 'El servidor está en una dirección que Muster no lee nunca' },
  foreign_origin: { message: 'Otro sitio web no puede hacer esto' },
  held: {
    message: 'Una guarda lo retiene',
    hint: 'Mire el plan y libérelo si es correcto, o corrija el modelo.',
  },
  in_use: {
    message: 'Aún se usa',
    hint: 'Elimine primero lo que lo usa, o haga que use otra cosa.',
  },
  internal: { message: 'Algo ha fallado dentro de Muster; su registro dice qué' },
  locked: { message: 'Otro proceso está escribiendo', hint: 'Inténtelo en un momento.' },
  login_refused: { message: 'La base de datos rechaza las credenciales' },
  missing_column: { message: 'Al modelo le falta una columna' },
  no_canary: { message: 'Aquí no se puede probar con algunos cambios', hint: 'Aplique el plan entero.' },
  no_changes: { message: 'Esta ejecución no tiene cambios que mostrar', hint: 'Planifique otra vez.' },
  no_database: { message: 'La base de datos no existe' },
  no_driver: { message: 'El controlador del origen no está instalado' },
  no_ledger: {
    message: 'No se sabe nada de lo enviado',
    hint: 'El registro se escribe unos segundos después del final de una ejecución.',
  },
  no_model: { message: 'Este modelo no existe' },
  no_permission: { message: 'Muster no puede leer el archivo' },
  no_run: { message: 'Esta ejecución no existe' },
  no_such_file: { message: 'El archivo no existe' },
  no_sync: { message: 'Esta sincronización no existe' },
  no_time: { message: 'La columna de `max_age` no tiene fechas' },
  no_tls: { message: 'El servidor no habla TLS' },
  not_applicable: {
    message: 'Esta ejecución no puede aplicarse ya',
    hint: 'Planifique otra vez y aplique la nueva ejecución.',
  },
  not_cancellable: { message: 'Esta ejecución ya ha terminado' },
  not_holdable: { message: 'Solo se puede retener un plan' },
  not_undoable: { message: 'Esta ejecución no puede revertirse' },
  plan_stale: {
    message: 'Aquello para lo que se planificó ha cambiado desde entonces',
    hint: 'Planifique otra vez y aplique la nueva ejecución.',
  },
  read_aborted: { message: 'La lectura se ha detenido' },
  read_conflict: { message: 'La base de datos ha abandonado la lectura', hint: 'Ejecute otra vez.' },
  read_failed: { message: 'El almacén ha abandonado la lectura' },
  requests_in_flight: {
    message: 'Aún pueden llegar al destino peticiones que no tuvieron respuesta',
    hint: 'Inténtelo dentro de unos segundos.',
  },
  run_active: {
    message: 'Una ejecución de esta sincronización está en curso',
    hint: 'Espere a que termine e inténtelo otra vez.',
  },
  run_queued: {
    message: 'Otra ejecución de esta sincronización está en la cola',
    hint: 'Espere a que termine, o cancélela.',
  },
  run_unfinished: {
    message: 'Una ejecución de esta sincronización no ha terminado',
    hint: 'Cancélela primero, en su página.',
  },
  sql_error: { message: 'La base de datos rechaza el SQL del modelo' },
  statement_timeout: { message: 'La sentencia ha tardado más de lo permitido' },
  sync_paused: { message: 'La sincronización está en pausa', hint: 'Reanúdela primero.' },
  tls_refused: { message: 'El certificado del servidor no es de confianza' },
  unreachable: { message: 'Nadie responde en esa dirección' },
  wrong_token: { message: 'Ese no es el token de administración' },
}
