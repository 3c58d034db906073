import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { parseIso } from '@muster/core/lib/instant.ts'
import { compiledDialects } from '@muster/core/sync/compile/speech.ts'
import type { SyncDefinition } from '@muster/core/sync/definition.ts'
import type { Dialect } from '@muster/core/sync/dialect.ts'
import type { Freshness } from '@muster/core/sync/guard.ts'
import { columnOf } from '@muster/core/sync/identifier.ts'
import {
  type DiffCounts,
  type Plan,
  type PlanContext,
  planPart,
  planSync,
  secondsToSend,
} from '@muster/core/sync/plan.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { ReconcileNote } from '@muster/core/sync/reconcile.ts'
import type { OpenSource } from '@muster/core/sync/source.ts'
import { usualAnswerMs } from './batch-store.ts'
import { dialectOf, engineNotPossible, openDestination, openSource } from './connection.ts'
import type { SyncContext } from './context.ts'
import { compareRows, type RowComparison } from './engine/compare-rows.ts'
import type { Changes } from './engine/diff-buckets.ts'
import { inJob, type Job } from './engine/duckdb-job.ts'
import { readChanges } from './engine/read-changes.ts'
import { splitAtSource } from './engine/split-rows.ts'
import { compareInWarehouse } from './engine/warehouse-diff.ts'
import type { WarehouseOwner } from './engine/warehouse-state.ts'
import { requireColumns, type StoredModel, sqlOf } from './model.ts'
import { notParted, type PartingPlan, type PlanParts, partPlan } from './part-plan.ts'
import { readChanged } from './read-changed.ts'
import type { StoredPlan } from './run-store.ts'
import { type KnownRejections, setAside } from './set-aside.ts'
import type { StoredSync } from './sync-store.ts'

const samplesShown = 5

/** What is planned: a sync and its model, as they are stored or as somebody would like them to be. */
export interface PlanInput {
  readonly sync: Pick<StoredSync, 'definition' | 'state'>
  /** Whose tables the warehouse has; without it no warehouse compares. */
  readonly owner?: WarehouseOwner
  /** A full resync: everything that is desired is sent, accepted before or not. */
  readonly assertsAll?: boolean
  /** Somebody asks which removals and additions belong together (core/sync/coupling.ts). */
  readonly couples?: boolean
  /** A part of the plan may wait while the rest goes, where its guards say so. */
  readonly parts?: { readonly applies: boolean }
  /** What is known of rejections, and what becomes of it. */
  readonly rejections?: KnownRejections
  /** Gives what to compare with in place of the state: a reconciliation. */
  readonly known?: NonNullable<RowComparison['known']>
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
  /** About how long sending takes. */
  readonly seconds: number
  /** What people should know of how it was made. */
  readonly note?: string
  /** The same as codes, where it has some. */
  readonly notes?: readonly ReconcileNote[]
  /** What goes while a part waits. Of a plan that is applied by itself, `changes` are only those that go. */
  readonly parts?: PlanParts
}

/**
 * Reads the model, compares it with what the destination has accepted and judges the difference. Sends and stores nothing
 * but the files of the changes. A column that has gone is named before anything is read.
 */
export async function computePlan(context: SyncContext, given: PlanInput): Promise<Planned> {
  // Whoever sets some aside asks which changes belong together.
  const input = given.rejections?.known ? { ...given, couples: true } : given
  const { sync, model, scratch, signal, directory } = input
  const { definition } = sync
  const { key, source: from } = model.definition
  const age = definition.guards.max_age
  const reading: Reading = {
    dialect: await dialectOf(context, from),
    sql: await sqlOf(context, model.definition),
    columns: [...new Set([key, ...definition.identifiers.map((one) => columnOf(one).name)])],
    source: await openSource(context, from),
  }
  const { source, sql, dialect } = reading
  let freshness: Freshness | undefined
  let made: Compared | null = null
  let rows: RowComparison['rows'] | null = null
  try {
    requireColumns(wantedOf(key, definition), await source.describe(sql), `model ${model.name}`)
    freshness = age && {
      newest: await newestIn(source, newestSql(dialect, sql, age.column), age.column),
      now: context.clock(),
    }
    if (definition.engine === 'warehouse' && input.owner)
      made = await compareThere(reading, input, context.memoryMb)
    else rows = await readRows(reading, input)
  } finally {
    await source.close()
  }
  const known = { members: input.membersBefore, freshness }
  return inJob({ directory: scratch, signal, memoryMb: context.memoryMb }, async (job) => {
    if (rows) made = await compareHere(job, rows, input)
    if (!made) throw new Error('nothing was compared')
    const { parts } = input
    const parting = parts && { ...parts, state: sync.state, folder: `${input.folder}/going` }
    const { folder, rejections } = input
    return judgeChanges(context, { job, directory, folder, definition, known, parting, rejections, ...made })
  })
}

interface Reading {
  readonly source: OpenSource
  readonly dialect: Dialect
  readonly sql: string
  /** The columns that matter. */
  readonly columns: readonly string[]
}

type Compared = Awaited<ReturnType<typeof compareRows>>

function wantedOf(key: string, { identifiers, guards }: SyncDefinition): { where: string; column: string }[] {
  return [
    { where: 'key', column: key },
    ...identifiers.map((one, index) => ({ where: `identifiers.${index}`, column: columnOf(one).name })),
    ...(guards.max_age ? [{ where: 'guards.max_age.column', column: guards.max_age.column }] : []),
  ]
}

/** All rows of the model, by the source in their buckets where it can, or those of the buckets that have changed. */
async function readRows(reading: Reading, input: PlanInput): Promise<RowComparison['rows']> {
  const { sync, model, scratch, signal } = input
  const changed = await readChanged({ ...input, ...reading, model: model.definition })
  if (changed) return changed
  const { source, sql, columns } = reading
  const { copyOut } = source
  // How many buckets there should be is known from the run before.
  if (copyOut && sync.state) {
    const { bits } = sync.state
    const by = { key: model.definition.key, identifiers: sync.definition.identifiers }
    const directory = join(scratch, 'split')
    return { laid: await splitAtSource({ copyOut }, { sql, columns, model: by, bits, directory, signal }) }
  }
  const directory = join(scratch, 'rows')
  await mkdir(directory)
  return source.extract(sql, columns, directory, signal)
}

function compareHere(job: Job, rows: RowComparison['rows'], input: PlanInput): Promise<Compared> {
  const { identifiers, mode, engine } = input.sync.definition
  const model = { key: input.model.definition.key, identifiers }
  return compareRows(job, { ...input, rows, model, mode, engine, state: input.sync.state })
}

/** The engine `warehouse`. */
async function compareThere(
  { source, dialect, sql, columns }: Reading,
  input: PlanInput,
  memoryMb: number,
): Promise<Compared> {
  const { sync, model, scratch, signal, owner } = input
  const { identifiers, mode } = sync.definition
  const compiled = compiledDialects.find((one) => one === dialect)
  if (!source.inWarehouse || !compiled || !owner)
    throw engineNotPossible(model.definition.source, 'warehouse')
  const rows = await source.selectText(sql, columns)
  return source.inWarehouse({ signal, directory: scratch }, (session) =>
    inJob({ directory: scratch, signal, memoryMb }, (job) =>
      compareInWarehouse({
        ...input,
        session,
        job,
        mode,
        dialect: compiled,
        owner,
        state: sync.state,
        assertsAll: input.assertsAll ?? false,
        couples: input.couples ?? false,
        model: { rows, key: model.definition.key, identifiers },
      }),
    ),
  )
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

/** Judges changes that lie in files and takes a few of them as samples. */
export async function judgeChanges(
  context: SyncContext,
  given: {
    readonly job: Job
    readonly directory: string
    readonly folder: string
    readonly definition: SyncDefinition
    readonly counts: DiffCounts
    readonly changes: Changes
    readonly known?: PlanContext
    readonly rejections?: KnownRejections | undefined
    readonly parting?: Pick<PartingPlan, 'applies' | 'state' | 'folder'> | undefined
  },
): Promise<Planned> {
  const { job, directory, folder, definition, known, parting, rejections } = given
  const policy = definition.rejected
  const { counts, changes: sent } = rejections
    ? await setAside(context, { ...given, job, directory, folder, policy, rejections })
    : given
  const { limits } = await openDestination(context, definition.destination)
  const { idsPerRequest, concurrency, requestsPerHour } = limits
  const whole = planSync(counts, definition, idsPerRequest, known)
  const { guards } = definition
  const parted =
    parting && (await partPlan({ job, directory, guards, plan: whole, changes: sent, ...parting }))
  const note = parting && notParted({ guards, plan: whole, changes: sent, state: parting.state })
  const goes = parted && parting.applies ? parted.going : null
  const plan = goes ? planPart(whole, goes.counts, idsPerRequest) : whole
  const changes = goes ? goes.changes : sent
  const answerMs = await usualAnswerMs(context.database, definition.destination, concurrency)
  const pace = { concurrency, answerMs, requestsPerHour }
  const sample = async (operation: 'add' | 'remove') =>
    (await readChanges(job, changes, { operation, from: 0, to: samplesShown, directory })).map(
      ({ identifier, rowKey }) => ({ identifier, rowKey }),
    )
  return {
    plan,
    seconds: secondsToSend(plan.batches.length, pace),
    changes,
    samples: { added: await sample('add'), removed: await sample('remove') },
    ...(parted ? { parts: parted.parts } : {}),
    ...(note ? { note } : {}),
  }
}
