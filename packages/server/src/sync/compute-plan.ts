import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { parseIso } from '@muster/core/lib/instant.ts'
import type { SyncDefinition } from '@muster/core/sync/definition.ts'
import type { Dialect } from '@muster/core/sync/dialect.ts'
import type { Freshness } from '@muster/core/sync/guard.ts'
import { columnOf } from '@muster/core/sync/identifier.ts'
import { type DiffCounts, type Plan, type PlanContext, planSync } from '@muster/core/sync/plan.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { OpenSource, RowFiles } from '@muster/core/sync/source.ts'
import { dialectOf, loadDestination, openSource } from './connection.ts'
import { getConnection } from './connection-store.ts'
import type { SyncContext } from './context.ts'
import { compareRows } from './engine/compare-rows.ts'
import type { Changes } from './engine/diff-buckets.ts'
import { inJob, type Job } from './engine/duckdb-job.ts'
import { readChanges } from './engine/read-changes.ts'
import { requireColumns, type StoredModel, sqlOf } from './model.ts'
import { type ChangedRows, readChanged } from './read-changed.ts'
import type { StoredPlan } from './run-store.ts'
import type { StoredSync } from './sync-store.ts'

const samplesShown = 5

/** What is planned: a sync and its model, as they are stored or as somebody would like them to be. */
export interface PlanInput {
  readonly sync: Pick<StoredSync, 'definition' | 'state'>
  /** A full resync: everything that is desired is sent, accepted before or not. */
  readonly assertsAll?: boolean
  readonly model: Pick<StoredModel, 'name' | 'definition'>
  /** The sync's files; the changes go into `folder` within it, an existing one. */
  readonly directory: string
  readonly folder: string
  /** An existing, empty directory for what is read. */
  readonly scratch: string
  readonly signal: AbortSignal
  /** The members that the model gave in the last runs that ended well. */
  readonly membersBefore?: readonly number[]
}

export interface Planned {
  readonly plan: Plan
  readonly changes: Changes
  readonly samples: StoredPlan['samples']
}

/**
 * Reads the model, compares it with what the destination has accepted and judges the difference. Sends and stores nothing
 * but the files of the changes.
 */
export async function computePlan(context: SyncContext, input: PlanInput): Promise<Planned> {
  const read = await readModel(context, input)
  return inJob({ directory: input.scratch, signal: input.signal }, (job) =>
    compare(context, { job, ...read, ...input }),
  )
}

interface ModelRead {
  /** All rows, or those of the buckets that have changed. */
  readonly rows: RowFiles | ChangedRows
  readonly freshness: Freshness | undefined
}

/** All rows of the model, only the columns that matter. A column that has gone is named before anything is read. */
async function readModel(context: SyncContext, input: PlanInput): Promise<ModelRead> {
  const { sync, model, scratch, signal } = input
  const { key } = model.definition
  const age = sync.definition.guards.max_age
  const sql = await sqlOf(context, model.definition)
  const source = await openSource(context, model.definition.source)
  try {
    const wanted = [
      { where: 'key', column: key },
      ...sync.definition.identifiers.map((one, index) => ({
        where: `identifiers.${index}`,
        column: columnOf(one).name,
      })),
    ]
    const required = age ? [...wanted, { where: 'guards.max_age.column', column: age.column }] : wanted
    requireColumns(required, await source.describe(sql), `model ${model.name}`)
    const columns = [...new Set(wanted.map(({ column }) => column))]
    const directory = join(scratch, 'rows')
    await mkdir(directory)
    const dialect = await dialectOf(context, model.definition.source)
    const freshness = age && {
      newest: await newestIn(source, newestSql(dialect, sql, age.column), age.column),
      now: context.clock(),
    }
    const reading = { source, sql, columns, dialect }
    const changed = await readChanged({ ...input, ...reading, model: model.definition })
    return { freshness, rows: changed ?? (await source.extract(sql, columns, directory, signal)) }
  } finally {
    await source.close()
  }
}

/** One row with one value: the newest time in the column. Asked before the rows, which are as new at least. */
function newestSql(dialect: Dialect, sql: string, column: string): string {
  return `select max(${quoteName(dialect, column)}) as newest from (\n${sql}\n) as model`
}

async function newestIn(source: OpenSource, sql: string, column: string): Promise<number | null> {
  const [row] = await source.preview(sql, 1)
  const text = Object.values(row ?? {})[0] ?? null
  if (text === null) return null
  const newest = parseIso(text.trim())
  if (newest !== null) return newest
  throw invalid('no_time', `the newest value in column ${column} is no time: ${text.slice(0, 40)}`, {
    hint: 'guards.max_age needs a column of dates or timestamps.',
    details: [{ where: 'guards.max_age.column', message: 'holds no time' }],
  })
}

interface Comparison extends PlanInput, ModelRead {
  readonly job: Job
}

async function compare(context: SyncContext, comparison: Comparison): Promise<Planned> {
  const { job, sync, model, directory } = comparison
  const { definition, state } = sync
  const { identifiers, mode, engine } = definition
  const known = { members: comparison.membersBefore, freshness: comparison.freshness }
  const columns = { key: model.definition.key, identifiers }
  const made = await compareRows(job, { ...comparison, model: columns, mode, engine, state })
  return judgeChanges(context, { job, directory, definition, known, ...made })
}

/** Judges changes that lie in files and takes a few of them as samples. */
export async function judgeChanges(
  context: SyncContext,
  given: {
    readonly job: Job
    readonly directory: string
    readonly definition: SyncDefinition
    readonly counts: DiffCounts
    readonly changes: Changes
    readonly known?: PlanContext
  },
): Promise<Planned> {
  const { job, directory, definition, counts, changes, known } = given
  const { type } = await getConnection(context.database, 'destination', definition.destination)
  const { limits } = await loadDestination(context, type)
  const sample = async (operation: 'add' | 'remove') =>
    (await readChanges(job, changes, { operation, from: 0, to: samplesShown, directory })).map(
      ({ identifier, rowKey }) => ({ identifier, rowKey }),
    )
  return {
    plan: planSync(counts, definition, limits.idsPerRequest, known),
    changes,
    samples: { added: await sample('add'), removed: await sample('remove') },
  }
}
