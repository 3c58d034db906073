import { createServer } from 'node:http'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type pg from 'pg'
import { z } from 'zod'
import { importBare } from './bare-import.ts'
import type { Stage } from './bench.ts'
import { createPoster, inParallel } from './post.ts'

/**
 * The limit of bench/sync.ts: the same people from the same warehouse into a cohort by bare tools in one process. DuckDB
 * writes the distinct members and both anti-joins; the changed ids go 1,000 a request, four at once, over loopback to
 * node:http, which parses them and runs the bare SQL of bare-import.ts. Nothing is logged, judged or resumable.
 */
export interface BareSync {
  run(warehouse: string): Promise<void>
}

const atOnce = 4
const idsPerRequest = 1_000
const Change = z.object({ ids: z.array(z.string()), remove: z.boolean() })
type Change = z.output<typeof Change>

export async function openBareSync(
  stage: Stage,
  { pool, folder }: { pool: pg.Pool; folder: string },
): Promise<BareSync> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const change = Change.parse(JSON.parse(Buffer.concat(chunks).toString()))
      const status = await importBare(pool, { cohort: 1, ...change }).then(
        () => 201,
        () => 500,
      )
      response.writeHead(status).end('{"message":"success"}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const bound = server.address()
  const poster = createPoster(`http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`, atOnce)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  stage.defer(async () => {
    poster.close()
    server.close()
    connection.closeSync()
    instance.closeSync()
  })
  const send = async (change: Change): Promise<void> => {
    const status = await poster.post('/', Buffer.from(JSON.stringify(change)))
    if (status !== 201) throw new Error(`the bare import was answered ${status}`)
  }
  const before = `${folder}/accepted.parquet`
  await connection.run(`copy (select '' as value where false) to '${before}' (format parquet)`)
  const run = async (warehouse: string): Promise<void> => {
    const now = `${folder}/members.parquet`
    await connection.run(`attach '${warehouse}' as shop (read_only)`)
    await connection.run(
      `copy (select distinct coalesce(customer_id, crm_id) as value from shop.people) to '${now}' (format parquet)`,
    )
    await connection.run('detach shop')
    for (const remove of [true, false]) {
      const [from, without] = remove ? [before, now] : [now, before]
      const sql = `select value from '${from}' anti join '${without}' using (value)`
      await inParallel(await requestsOf(connection, sql), atOnce, (ids) => send({ ids, remove }))
    }
    await connection.run(`copy (from '${now}') to '${before}' (format parquet)`)
  }
  return { run }
}

async function requestsOf(connection: DuckDBConnection, sql: string): Promise<string[][]> {
  const reader = await connection.runAndReadAll(sql)
  const values = reader.getColumns()[0]?.map(String) ?? []
  return Array.from({ length: Math.ceil(values.length / idsPerRequest) }, (_, i) =>
    values.slice(i * idsPerRequest, (i + 1) * idsPerRequest),
  )
}
