import { join } from 'node:path'
import type pg from 'pg'
import type { Bench } from './bench.ts'
import { startChild, startMuster } from './child.ts'
import { openCountedPort } from './counted-port.ts'
import { startDatabase } from './engage-database.ts'
import { type Figure, median, secondsOf } from './measurement.ts'
import { describePeopleSync, expectPlan, planPeople, runPeople } from './people-sync.ts'
import { changedEvery } from './people-warehouse.ts'

/**
 * A plan of `--rows` members where 1 % changed, computed by PostgreSQL (engine `warehouse`), from the request to the plan that
 * stands. The limit is bare SQL in the same database with the same memory: distinct members into a table, then both anti-joins with
 * the accepted ones into another.
 * - plan: the median of three. first_plan: nothing is accepted yet; the limit only writes the distinct members.
 * - catch_up: the plan after the first run, which also brings the state into the warehouse; no limit.
 * - fetched: what PostgreSQL has sent to Muster for a plan. The limit is the text of the changes.
 */
export const planWarehouse: Bench = {
  title: 'plan of a sync in PostgreSQL, 1 % changed',
  rows: { what: 'members', default: 1_000_000 },
  run: async (stage) => {
    const { url, pool } = await startDatabase(stage)
    stage.progress('filling the warehouse')
    await pool.query(`create table people as ${peopleSql(1, stage.rows)}`)
    await pool.query('vacuum analyze people')
    stage.progress('bare SQL')
    const members = await secondsOf(() => bare(pool, [membersSql]))
    await pool.query('alter table bare_member rename to bare_accepted')
    const muster = await startMuster(stage, {
      dataDirectory: join(stage.directory, 'data'),
      only: 'sync',
      environment: { MUSTER_DATABASE_URL: url },
    })
    const destination = await startChild(stage, [join(import.meta.dirname, 'bare-http.ts')])
    const { hostname, port, username, password, pathname } = new URL(url)
    const database = pathname.slice(1)
    const counted = await openCountedPort(stage, Number(port))
    const config = {
      host: hostname,
      port: counted.port,
      user: username,
      password,
      database,
      statement_timeout: '60m',
    }
    await describePeopleSync(muster.client, {
      warehouse: { type: 'postgres', config },
      engine: 'warehouse',
      restEndpoint: String(destination.ready),
      partnerApiKey: 'p',
      dataImportKey: 'd',
    })
    const n = stage.rows
    stage.progress('the first plan')
    const firstPlan = await secondsOf(async () => {
      expectPlan(await planPeople(muster.client), { added: n, removed: 0, unchanged: 0 })
    })
    stage.progress('the first run')
    await runPeople(muster.client)
    const changed = await changeOnePercent(pool, n)
    const expected = { added: changed, removed: changed, unchanged: n - changed }
    stage.progress('bringing the state')
    const catchUp = await secondsOf(async () => expectPlan(await planPeople(muster.client), expected))
    const before = counted.fetched()
    const plans: number[] = []
    const limits: number[] = []
    for (let i = 1; i <= repeats; i++) {
      stage.progress(`plan ${i} of ${repeats}`)
      plans.push(await secondsOf(async () => expectPlan(await planPeople(muster.client), expected)))
      await pool.query('drop table if exists bare_member, bare_change')
      limits.push(await secondsOf(() => bare(pool, [membersSql, changesSql])))
    }
    const fetched = (counted.fetched() - before) / repeats / 2 ** 20
    const figures: Figure[] = [
      { metric: 'plan', value: median(plans), unit: 's', limit: median(limits), n },
      { metric: 'fetched', value: fetched, unit: 'MiB', limit: await textOfChanges(pool, n), n: 2 * changed },
      { metric: 'first_plan', value: firstPlan, unit: 's', limit: members, n },
      { metric: 'catch_up', value: catchUp, unit: 's', n },
    ]
    const peakMiB = await muster.peakMiB()
    if (peakMiB !== null) figures.push({ metric: 'rss', value: peakMiB, unit: 'MiB', n })
    return figures
  },
}

const repeats = 3

function peopleSql(from: number, to: number): string {
  return `
    select 'contact-' || n as contact_id, 'customer-' || lpad(n::text, 9, '0') as customer_id, 'crm-' || n as crm_id
    from generate_series(${from}, ${to}) n`
}

/** Half of 1 % leave and as many come; returns how many that is. */
async function changeOnePercent(pool: pg.Pool, rows: number): Promise<number> {
  const changed = Math.floor(rows / changedEvery)
  await pool.query(`delete from people where substr(customer_id, 10)::int % ${changedEvery} = 0`)
  await pool.query(`insert into people ${peopleSql(rows + 1, rows + changed)}`)
  await pool.query('vacuum analyze people')
  return changed
}

/** Those who come and those who have left as lines of text, in MiB. */
async function textOfChanges(pool: pg.Pool, rows: number): Promise<number> {
  const { rows: found } = await pool.query<{ bytes: string }>(`
    select sum(octet_length(concat_ws(',', 'fresh', 'external_id', customer_id, contact_id)) + 1) as bytes
    from (${peopleSql(1, rows + Math.floor(rows / changedEvery))}) person
    where substr(customer_id, 10)::int > ${rows} or substr(customer_id, 10)::int % ${changedEvery} = 0`)
  return Number(found[0]?.bytes ?? 0) / 2 ** 20
}

const membersSql = `
  create table bare_member as
  select case when customer_id is not null then 1 else 2 end as kind, coalesce(customer_id, crm_id) as value,
         min(contact_id) as row_key
  from people group by 1, 2`

const changesSql = `
  create table bare_change as
  select 'remove' as operation, kind, value from bare_accepted a
  where not exists (select from bare_member m where m.kind = a.kind and m.value = a.value)
  union all
  select 'add', kind, value from bare_member m
  where not exists (select from bare_accepted a where a.kind = m.kind and a.value = m.value)`

/** On one connection, with the memory that Muster's session has (connectors/sources/postgres/warehouse.ts). */
async function bare(pool: pg.Pool, statements: readonly string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`set work_mem = '64MB'`)
    await client.query('set hash_mem_multiplier = 4')
    for (const statement of statements) await client.query(statement)
  } finally {
    client.release(true)
  }
}
