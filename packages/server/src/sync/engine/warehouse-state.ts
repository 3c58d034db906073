import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { CompiledDialect } from '@muster/core/sync/compile/speech.ts'
import { createStateSql, foldDeltaSql, renameTableSql } from '@muster/core/sync/compile/warehouse.ts'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { type Job, literal } from './duckdb-job.ts'
import { writeLoadFile } from './load-file.ts'
import { proveParts } from './part-file.ts'
import { type State, stateRows } from './state.ts'

/** Of which sync the tables are. */
export interface WarehouseOwner {
  readonly name: string
  readonly cohort_id: string
  readonly created_at: number
  readonly state_version: number
}

export interface StateInWarehouse {
  readonly session: WarehouseSession
  readonly dialect: CompiledDialect
  readonly job: Job
  readonly owner: WarehouseOwner
  readonly state: State | null
  /** The sync's directory, and one for what is needed meanwhile. */
  readonly directory: string
  readonly scratch: string
}

/** How the names of a sync's tables begin: no other sync has it, of this Muster or of another one. */
export function tablePrefixOf({
  name,
  cohort_id,
  created_at,
}: Omit<WarehouseOwner, 'state_version'>): string {
  const digest = createHash('md5')
    .update(JSON.stringify([name, cohort_id, created_at]))
    .digest('hex')
  return `sync_${digest.slice(0, 16)}_`
}

/**
 * Sees to it that the warehouse has the state as a table, and returns its full name. The files are what counts: the table's name says
 * which version of them it holds; one version behind it takes over what that run changed, and otherwise the whole state
 * is loaded. A table appears under its name when it is whole, so that a crash leaves one that is not used.
 */
export async function bringState(given: StateInWarehouse): Promise<string> {
  const { session, dialect, owner, state } = given
  const prefix = tablePrefixOf(owner)
  const nameOf = (version: number): string => `${prefix}v${version}`
  const wanted = state === null ? `${prefix}none` : nameOf(owner.state_version)
  const there = await session.tables(prefix)
  if (!there.includes(wanted)) {
    const { delta } = state ?? {}
    const before = delta ? nameOf(delta.from) : ''
    const behind = delta !== undefined && delta.from + 1 === owner.state_version && there.includes(before)
    const made = behind ? before : `${prefix}new_${randomBytes(6).toString('hex')}`
    if (behind) await takeOver(given, session.stays(made), prefix)
    else await upload(given, session.stays(made))
    await session.run(
      renameTableSql(dialect, session.stays(made), { name: wanted, full: session.stays(wanted) }),
    )
    await dropTables(
      session,
      there.filter((name) => name !== made),
    )
  } else {
    await dropTables(
      session,
      there.filter((name) => name !== wanted),
    )
  }
  return session.stays(wanted)
}

export async function dropTables(session: WarehouseSession, names: readonly string[]): Promise<void> {
  for (const name of names) await session.run(`drop table if exists ${session.stays(name)}`)
}

async function upload({ session, dialect, job, state, directory, scratch }: StateInWarehouse, table: string) {
  await session.run(createStateSql(dialect, table))
  if (!state) return
  await proveParts(job, state.files, { directory, what: 'the record of what the destination has accepted' })
  const rows = `select namespace, value, row_key, sure::integer as sure from ${stateRows(state, directory)}`
  await load({ session, job, table, rows, file: join(scratch, 'state.csv') })
}

async function takeOver(
  { session, dialect, job, state, directory, scratch }: StateInWarehouse,
  table: string,
  prefix: string,
): Promise<void> {
  const { delta } = state ?? {}
  if (!delta) return
  await proveParts(job, [delta.part], { directory, what: 'the record of the last run' })
  const changed = session.stays(`${prefix}delta`)
  await session.run(`drop table if exists ${changed}`)
  await session.run(createStateSql(dialect, changed))
  const rows = `select namespace, value, row_key, sure from read_parquet(${literal(join(directory, delta.part.file))})`
  await load({ session, job, table: changed, rows, file: join(scratch, 'delta.csv') })
  for (const statement of foldDeltaSql(dialect, { state: table, delta: changed }))
    await session.run(statement)
  await session.run(`drop table ${changed}`)
}

async function load(given: {
  readonly session: WarehouseSession
  readonly job: Job
  readonly table: string
  readonly rows: string
  readonly file: string
}): Promise<void> {
  const { session, job, table, rows, file } = given
  const columns = ['namespace', 'value', 'row_key', 'sure']
  await session.load(table, await writeLoadFile(job, { query: rows, columns, path: file }))
}
