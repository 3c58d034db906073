import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBareTables } from './bare-import.ts'
import { openBareSync } from './bare-sync.ts'
import type { Bench, Stage } from './bench.ts'
import { type MusterChild, startMuster } from './child.ts'
import { fillProfiles, startDatabase } from './engage-database.ts'
import { type Figure, secondsOf } from './measurement.ts'
import { describePeopleSync, expectPlan, runPeople } from './people-sync.ts'
import { changedEvery, writePeople } from './people-warehouse.ts'

/**
 * A sync of `--rows` members from the first row to the last commit, both halves in one `muster serve`: DuckDB source,
 * plan, requests over the wire, import, state folded. The limit is the same way by bare tools (bare-sync.ts), in the
 * same run and on the same PostgreSQL.
 * - first_run: everybody is added; every id is a profile.
 * - second_run: 1 % changed, half of them leave and as many come.
 */
export const sync: Bench = {
  title: 'a sync through both halves',
  rows: { what: 'members', default: 200_000 },
  run: async (stage) => {
    const { url, pool } = await startDatabase(stage)
    stage.progress('starting Muster')
    const muster = await startMuster(stage, {
      dataDirectory: join(stage.directory, 'data'),
      environment: { MUSTER_DATABASE_URL: url },
    })
    stage.progress('filling store and warehouse')
    const changed = Math.floor(stage.rows / changedEvery)
    await fillProfiles(pool, stage.rows + changed)
    await makeBareTables(pool)
    const warehouses = await writeWarehouses(stage)
    const folder = join(stage.directory, 'bare')
    await mkdir(folder)
    const bareSync = await openBareSync(stage, { pool, folder })
    stage.progress('bare tools')
    const bare = [
      await secondsOf(() => bareSync.run(warehouses[0])),
      await secondsOf(() => bareSync.run(warehouses[1])),
    ] as const
    const { rows } = await pool.query<{ members: string }>(
      'select count(*) as members from bare.cohort_member',
    )
    expectMembers('the bare cohort', Number(rows[0]?.members), stage.rows)
    return measureMuster(stage, { muster, warehouses, bare })
  },
}

async function writeWarehouses(stage: Stage): Promise<readonly [string, string]> {
  const paths = [join(stage.directory, 'day1.duckdb'), join(stage.directory, 'day2.duckdb')] as const
  await writePeople(paths[0], { count: stage.rows, day: 1 })
  await writePeople(paths[1], { count: stage.rows, day: 2 })
  return paths
}

interface Contest {
  readonly muster: MusterChild
  readonly warehouses: readonly [string, string]
  /** Seconds of both runs by bare tools. */
  readonly bare: readonly [number, number]
}

async function measureMuster(stage: Stage, { muster, warehouses, bare }: Contest): Promise<Figure[]> {
  const n = stage.rows
  const changed = Math.floor(n / changedEvery)
  const { client, address } = muster
  const keys = await client.createPartnerKeys({ params: { slug: 'hightouch' }, body: { name: 'bench' } })
  const connection = {
    restEndpoint: address,
    partnerApiKey: keys.partner_api_key,
    dataImportKey: keys.data_import_key,
  }
  const run = async (warehouse: string, expected: Parameters<typeof expectPlan>[1]): Promise<number> => {
    await describePeopleSync(client, { ...connection, warehouse })
    const seconds = await secondsOf(async () => expectPlan(await runPeople(client), expected))
    const [cohort] = await client.listCohorts({ query: { partner: 'hightouch' } })
    expectMembers('the cohort', cohort?.members ?? 0, n)
    return seconds
  }
  stage.progress('the first run')
  const first = await run(warehouses[0], { added: n, removed: 0, unchanged: 0 })
  stage.progress('the second run')
  const second = await run(warehouses[1], { added: changed, removed: changed, unchanged: n - changed })
  const rss = await muster.peakMiB()
  return [
    { metric: 'first_run', value: first, unit: 's', limit: bare[0], n },
    { metric: 'second_run', value: second, unit: 's', limit: bare[1], n },
    ...(rss === null ? [] : [{ metric: 'rss', value: rss, unit: 'MiB', n } as const]),
  ]
}

/** A figure of a sync that lost somebody would be worth nothing. */
function expectMembers(what: string, members: number, wanted: number): void {
  if (members !== wanted) throw new Error(`${what} has ${members} members, not ${wanted}`)
}
