import { conflict } from '@muster/core/lib/error.ts'
import { fromPlain, type PlainIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import { isSetAside, type Rejection } from '@muster/core/sync/rejected.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { inJob, marked, unmarked } from './engine/duckdb-job.ts'
import { foundBy } from './engine/found-by.ts'
import { proveParts } from './engine/part-file.ts'
import { rejectionRows } from './engine/rejections.ts'
import { type ExportedFile, type ExportFormat, exportRows } from './export-files.ts'
import { readCursor, writeCursor } from './page-cursor.ts'
import { forgetRejected, getSync, type StoredSync } from './sync-store.ts'

/** A rejection, and whether the next run leaves it out. */
export interface ListedRejection extends Rejection {
  readonly setAside: boolean
}

export interface RejectionPage {
  readonly rows: readonly ListedRejection[]
  /** Of all, not only of the page. */
  readonly count: number
  /** After how many rejections in a row the sync sets a change aside; null where it never does. */
  readonly tries: number | null
  readonly next: string | null
}

type PlainRow = PlainIdentifier & {
  readonly operation: Rejection['operation']
  readonly row_key: string
  readonly tries: number
  readonly reason: string
  readonly first_run: bigint
  readonly last_run: bigint
}

const what = 'the record of rejected identifiers'

/** What a sync's destination has rejected and not accepted since, page by page; those that a text finds, or only those set aside. */
export async function listRejected(
  context: SyncContext,
  name: string,
  page: {
    readonly after: string | null
    readonly limit: number
    readonly find?: string | undefined
    readonly setAside?: boolean | undefined
  },
): Promise<RejectionPage> {
  const sync = await getSync(context.database, name)
  const policy = sync.definition.rejected
  const [operation = '', namespace = '', value = ''] = readCursor(page.after, 3)
  const tries = policy?.tries ?? null
  if (sync.rejected === null) return { rows: [], count: 0, tries, next: null }
  const least = page.setAside === true ? (tries ?? Number.MAX_SAFE_INTEGER) : 1
  const found = await readRejections(context, sync, (rows) => ({
    sql: `
      select operation, namespace, ${marked('value')}, ${marked('row_key')}, tries, ${marked('reason')}, first_run, last_run
      from ${rows} as known
      where (operation, namespace, known.value) > ($1, $2, $3) and tries >= $4 and ${foundBy('$5')}
      order by operation, namespace, known.value limit $6`,
    values: [operation, namespace, value, least, page.find ?? '', page.limit + 1],
  }))
  const rows = found.slice(0, page.limit)
  const last = rows.at(-1)
  return {
    rows: rows.map((one) => ({ ...one, setAside: isSetAside(one, policy) })),
    count: sync.rejected.rows,
    tries,
    next: found.length > page.limit && last ? cursorOf(last) : null,
  }
}

function cursorOf({ operation, identifier }: Rejection): string {
  const { namespace, value } = toPlain(identifier)
  return writeCursor([operation, namespace, value])
}

/** What is known of the rejections of one identifier: of its addition and of its removal. */
export async function rejectionsFor(
  context: SyncContext,
  sync: StoredSync,
  identifier: Rejection['identifier'],
): Promise<ListedRejection[]> {
  if (sync.rejected === null) return []
  const { namespace, value } = toPlain(identifier)
  const found = await readRejections(context, sync, (rows) => ({
    sql: `
      select operation, namespace, ${marked('value')}, ${marked('row_key')}, tries, ${marked('reason')}, first_run, last_run
      from ${rows} as known where known.value = $2 and namespace = $1`,
    values: [namespace, value],
  }))
  return found.map((one) => ({ ...one, setAside: isSetAside(one, sync.definition.rejected) }))
}

async function readRejections(
  context: SyncContext,
  { id, rejected }: Pick<StoredSync, 'id' | 'rejected'>,
  ask: (rows: string) => { readonly sql: string; readonly values: readonly (string | number)[] },
): Promise<Rejection[]> {
  const directory = syncDirectory(context, id)
  const { sql, values } = ask(rejectionRows(rejected, directory))
  const found = await inJob({ directory, signal: AbortSignal.timeout(60_000), memoryMb: 128 }, (job) =>
    job.rows<PlainRow>(sql, values),
  )
  return found.map(({ namespace, value, row_key, first_run, last_run, reason, ...one }) => ({
    ...one,
    identifier: fromPlain({ namespace, value: unmarked(value) }),
    rowKey: unmarked(row_key),
    reason: unmarked(reason),
    firstRun: Number(first_run),
    lastRun: Number(last_run),
  }))
}

/** All of them as a file, with the columns of `muster rejected`. */
export async function exportRejected(
  context: SyncContext,
  name: string,
  format: ExportFormat,
): Promise<ExportedFile> {
  const sync = await getSync(context.database, name)
  const { rejected, definition } = sync
  if (rejected === null) {
    throw conflict('none_rejected', 'nothing is rejected', {
      hint: 'The destination has accepted, at last, all that was sent.',
    })
  }
  const directory = syncDirectory(context, sync.id)
  const aside = definition.rejected ? `tries >= ${definition.rejected.tries}` : 'false'
  return exportRows(directory, format, async (job) => {
    await proveParts(job, [rejected], { directory, what })
    return `
      select operation, namespace, value, row_key, tries, ${aside} as set_aside, reason, first_run, last_run
      from ${rejectionRows(rejected, directory)} order by operation, namespace, value`
  })
}

/** Forgets how often each change was rejected, so that the next run sends all of them; returns how many there were. */
export async function retryRejected({ database }: SyncContext, name: string): Promise<number> {
  const sync = await getSync(database, name)
  await forgetRejected(database, sync.id)
  return sync.rejected?.rows ?? 0
}
