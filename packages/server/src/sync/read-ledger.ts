import { join } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import { fromPlain, type Identifier } from '@muster/core/sync/identifier.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { inJob, type Job, literal, marked, unmarked } from './engine/duckdb-job.ts'
import { foundBy } from './engine/found-by.ts'
import { ledgerFiles } from './ledger-store.ts'
import { readCursor, writeCursor } from './page-cursor.ts'
import { getSync } from './sync-store.ts'

/** What became of one change of one run. */
export interface LedgerRow {
  readonly run: number
  /** Its number among the changes of the run. */
  readonly n: number
  readonly operation: 'add' | 'remove'
  readonly identifier: Identifier
  readonly row_key: string
  readonly batch: number
  readonly status: 'accepted' | 'rejected' | 'pending'
  readonly attempts: number
  readonly answer: string | null
  readonly request_id: string | null
  /** When the last answer came; ISO-8601. */
  readonly at: string | null
}

export interface LedgerPage {
  readonly rows: readonly LedgerRow[]
  /** Where the next page begins; null where there is none. */
  readonly next: string | null
}

type PlainRow = Omit<LedgerRow, 'identifier' | 'run' | 'n'> & {
  readonly run: bigint
  readonly n: bigint
  readonly namespace: string
  readonly value: string
}

export interface LedgerQuery {
  readonly run: number | null
  readonly after: string | null
  readonly limit: number
  readonly status?: LedgerRow['status'] | undefined
  /** A text that finds some (`foundBy`). */
  readonly find?: string | undefined
}

/** When the last answer came, in ISO-8601. */
export const settledIso = `strftime(settled_at at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')`

/** A page of what a sync has sent, by run and in the order of the changes. `after` is the `next` of the page before. */
export async function readLedger(context: SyncContext, name: string, page: LedgerQuery): Promise<LedgerPage> {
  const cursor = /^(\d{1,15})-(\d{1,15})$/.exec(page.after ?? '0-0')
  if (!cursor) throw invalid('bad_cursor', '`after` is not the `next` of a page')
  const from = page.after === null ? null : [Number(cursor[1]), Number(cursor[2])]
  const plain = await overLedgers<PlainRow>(context, { name, run: page.run }, (ledgers) => ({
    sql: `
      select run, n, operation, namespace, ${marked('value')}, ${marked('row_key')}, batch, status, attempts, answer,
        request_id, ${settledIso} as "at"
      from ${ledgers} as ledger
      where (run, n) > ($1, $2) and ($4 = '' or status = $4)
        and ${foundBy('$5')}
      order by run, n limit $3`,
    values: [from?.[0] ?? 0, from?.[1] ?? -1, page.limit + 1, page.status ?? '', page.find ?? ''],
  }))
  const rows = plain.slice(0, page.limit).map(({ namespace, value, row_key, run, n, ...row }) => ({
    ...row,
    row_key: unmarked(row_key),
    run: Number(run),
    n: Number(n),
    identifier: fromPlain({ namespace, value: unmarked(value) }),
  }))
  const last = rows.at(-1)
  return { rows, next: plain.length > page.limit && last ? `${last.run}-${last.n}` : null }
}

export interface MembersAt {
  readonly count: number
  readonly members: readonly { readonly identifier: Identifier; readonly row_key: string }[]
  readonly next: string | null
}

/**
 * Who was in the cohort at a time, by what the destination had accepted until then; page by page, by identifier. `after`
 * is the `next` of the page before. Runs whose ledger was forgotten are not counted.
 */
export async function membersAt(
  context: SyncContext,
  name: string,
  page: { readonly at: Instant; readonly after: string | null; readonly limit: number },
): Promise<MembersAt> {
  const [namespace = '', value = ''] = readCursor(page.after, 2)
  const members = (ledgers: string): string => membersSql(ledgers, '$1')
  const seconds = page.at / 1_000
  const [tally] = await overLedgers<{ count: bigint }>(context, { name, run: null }, (ledgers) => ({
    sql: `select count(*) as count from (${members(ledgers)})`,
    values: [seconds],
  }))
  const plain = await overLedgers<{ namespace: string; value: string; row_key: string }>(
    context,
    { name, run: null },
    (ledgers) => ({
      sql: `
        select namespace, ${marked('value')}, ${marked('row_key')} from (${members(ledgers)}) as member
        where (namespace, member.value) > ($2, $3) order by namespace, member.value limit $4`,
      values: [seconds, namespace, value, page.limit + 1],
    }),
  )
  const shown = plain.slice(0, page.limit).map(({ namespace, value, row_key }) => ({
    namespace,
    value: unmarked(value),
    row_key: unmarked(row_key),
  }))
  const last = shown.at(-1)
  return {
    count: Number(tally?.count ?? 0),
    members: shown.map(({ row_key, ...one }) => ({ identifier: fromPlain(one), row_key })),
    next: plain.length > page.limit && last ? writeCursor([last.namespace, last.value]) : null,
  }
}

/** Whoever the last change accepted by then has added. `seconds` is an SQL expression: since 1970. */
export function membersSql(ledgers: string, seconds: string): string {
  return `
    select namespace, value, arg_max(row_key, (run, n)) as row_key from ${ledgers}
    where status = 'accepted' and settled_at <= to_timestamp(${seconds})
    group by namespace, value having arg_max(operation, (run, n)) = 'add'`
}

interface Asked {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/** The ledgers of a sync, or of one run of it, as a relation for DuckDB; null where nothing was sent yet. */
export async function ledgersOf(
  context: SyncContext,
  { name, run }: { readonly name: string; readonly run: number | null },
): Promise<{ readonly directory: string; readonly relation: string | null }> {
  const sync = await getSync(context.database, name)
  const files = await ledgerFiles(context.database, sync.id, run)
  const directory = syncDirectory(context, sync.id)
  const list = files.map(({ ledger }) => literal(join(directory, ledger.file))).join(', ')
  return { directory, relation: files.length === 0 ? null : `read_parquet([${list}])` }
}

/** Asks the ledgers of a sync, or of one run of it; none where nothing was sent yet. */
async function overLedgers<Row extends object>(
  context: SyncContext,
  { name, run }: { readonly name: string; readonly run: number | null },
  ask: (ledgers: string) => Asked,
): Promise<Row[]> {
  const { directory, relation } = await ledgersOf(context, { name, run })
  if (relation === null) return []
  const { sql, values } = ask(relation)
  return inJob({ directory, signal: AbortSignal.timeout(60_000) }, (job: Job) => job.rows<Row>(sql, values))
}
