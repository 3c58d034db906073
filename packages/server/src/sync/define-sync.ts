import { randomUUID } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { invalid } from '@muster/core/lib/error.ts'
import { SyncDefinition } from '@muster/core/sync/definition.ts'
import { columnOf, type IdentifierColumn } from '@muster/core/sync/identifier.ts'
import { circleOf, nextRunAt } from '@muster/core/sync/schedule.ts'
import {
  type DefinitionChange,
  dialectOf,
  engineNotPossible,
  enginesOf,
  loadDestination,
  openSource,
} from './connection.ts'
import { findConnection, getConnection } from './connection-store.ts'
import type { SyncContext } from './context.ts'
import { copyNotPossible } from './copy-ledger.ts'
import { waitForJobsFrom } from './dbt-job-store.ts'
import { holdNamed } from './deletion-store.ts'
import { findModel, getModel, requireColumns } from './model.ts'
import { parseDefinition } from './parse-definition.ts'
import { findSync, followFromNow, getSync, listSyncs, type StoredSync, storeSync } from './sync-store.ts'

/** Makes or changes a sync. Model and destination must exist, and the identifier columns in the model. */
export async function putSync(
  context: SyncContext,
  put: { readonly name: string; readonly body: unknown; readonly dryRun: boolean },
): Promise<DefinitionChange> {
  const { name, body, dryRun } = put
  const definition = parseDefinition(SyncDefinition, body, `sync ${name}`)
  if (dryRun && (await lacksParts(context, name, definition))) return 'create'
  const model = await getModel(context.database, definition.model)
  const destination = await getConnection(context.database, 'destination', definition.destination)
  const wanted = definition.identifiers.map((identifier, index) => ({
    where: `identifiers.${index}`,
    column: columnOf(identifier).name,
  }))
  requireColumns(wanted, model.columns, `model ${definition.model}`)
  const { accepts } = await loadDestination(context, destination.type)
  requireAccepted(definition, accepts)
  await requireEngine(context, model.definition.source, definition)
  await requireNotifiers(context, definition)
  await requireNoCircle(context, name, definition)
  requireWholePath(definition)

  const stored = await findSync(context.database, name)
  if (stored && isDeepStrictEqual({ ...stored.definition }, { ...definition })) return 'unchanged'
  if (dryRun) return stored ? 'update' : 'create'
  const now = context.clock()
  const scheduleStays = stored !== null && isDeepStrictEqual(stored.definition.schedule, definition.schedule)
  await context.database.transaction(async (tx) => {
    await holdNamed(tx, { notifiers: definition.alerts?.to ?? [], sync: followedBy(definition) })
    await storeSync(tx, {
      name,
      definition,
      cohortId: cohortIdOf(definition, stored),
      nextRunAt: scheduleStays ? stored.next_run_at : nextRunAt(definition.schedule, now),
      now,
    })
    if (scheduleStays) return
    await followFromNow(tx, name)
    await waitForJobsFrom(tx, name, now)
  })
  return stored ? 'update' : 'create'
}

/** A source that cannot do the engine's part is compared here; one that is not written to holds no copy of a ledger. */
async function requireEngine(
  context: SyncContext,
  name: string,
  { engine, ledger }: SyncDefinition,
): Promise<void> {
  if (engine === 'local' && !ledger) return
  const dialect = await dialectOf(context, name)
  const source = await openSource(context, name)
  await source.close()
  const engines = enginesOf(dialect, source)
  if (!engines.includes(engine)) throw engineNotPossible(name, engine)
  if (ledger && !engines.includes('warehouse')) throw copyNotPossible(name)
}

async function requireNotifiers({ database }: SyncContext, { alerts }: SyncDefinition): Promise<void> {
  for (const name of alerts?.to ?? []) await getConnection(database, 'notifier', name)
}

/** True while the model or the destination, which a project's files make before the sync, is not there yet. */
async function lacksParts(
  { database }: SyncContext,
  name: string,
  definition: SyncDefinition,
): Promise<boolean> {
  const model = await findModel(database, definition.model)
  const destination = await findConnection(database, 'destination', definition.destination)
  const notifiers = await Promise.all(
    (definition.alerts?.to ?? []).map((name) => findConnection(database, 'notifier', name)),
  )
  const other = followedBy(definition)
  const lacksOther = other !== null && other !== name && (await findSync(database, other)) === null
  return model === null || destination === null || notifiers.includes(null) || lacksOther
}

/** The sync that it runs after; null where it runs after none. */
function followedBy({ schedule }: SyncDefinition): string | null {
  return schedule === 'manual' || !('after' in schedule) ? null : schedule.after
}

/** A cohort that the sync creates gets its id once; renaming it keeps the id. */
function cohortIdOf({ cohort }: SyncDefinition, stored: StoredSync | null): string {
  if ('existing' in cohort) return cohort.existing
  return stored && 'create' in stored.definition.cohort ? stored.cohort_id : randomUUID()
}

/** A sync that runs after another, which must be there, and not in a circle of them. */
async function requireNoCircle(
  { database }: SyncContext,
  name: string,
  definition: SyncDefinition,
): Promise<void> {
  const after = followedBy(definition)
  if (after === null) return
  if (after !== name) await getSync(database, after)
  const afterOf = new Map(
    (await listSyncs(database)).flatMap(({ name: other, definition: its }) => {
      const before = followedBy(its)
      return before === null ? [] : [[other, before] as const]
    }),
  )
  const circle = circleOf(name, after, afterOf)
  if (circle) {
    throw invalid('schedule_circle', `these syncs would wait for one another: ${circle.join(' after ')}`, {
      hint: 'Let one of them run at a time of its own.',
      details: [{ where: 'schedule.after', message: 'closes a circle' }],
    })
  }
}

/** The server has no project folder for a path to count from. */
function requireWholePath({ schedule }: SyncDefinition): void {
  const path = schedule === 'manual' || !('dbt' in schedule) ? undefined : schedule.dbt.run_results
  if (path === undefined || isAbsolute(path)) return
  throw invalid('relative_path', `the path ${path} counts from nowhere`, {
    hint: 'Write the whole path; muster deploy does so for a project’s files.',
    details: [{ where: 'schedule.dbt.run_results', message: 'is not absolute' }],
  })
}

function requireAccepted(definition: SyncDefinition, accepts: readonly string[]): void {
  const kindOf = (identifier: IdentifierColumn): string => Object.keys(identifier)[0] ?? ''
  definition.identifiers.forEach((identifier, index) => {
    const kind = kindOf(identifier)
    if (accepts.includes(kind)) return
    throw invalid('identifier_not_accepted', `the destination ${definition.destination} takes no ${kind}`, {
      hint: `It takes: ${accepts.join(', ')}.`,
      details: [{ where: `identifiers.${index}`, message: `${kind} is not accepted there` }],
    })
  })
}
