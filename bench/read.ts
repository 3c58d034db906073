import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { source } from '@muster/connectors/sources/postgres/index.ts'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import type { Bench, Stage } from './bench.ts'
import { startDatabase } from './engage-database.ts'
import { median, secondsOf } from './measurement.ts'

/**
 * Reading a model of `--rows` rows from PostgreSQL into the file that the engine takes: key, two identifiers, as text.
 * The limit is a bare `COPY (select …) TO STDOUT` of the same columns, streamed into a file, no column cast. The
 * median of three each; the two take turns.
 */
export const read: Bench = {
  title: 'reading a model from PostgreSQL',
  rows: { what: 'rows', default: 1_000_000 },
  run: async (stage) => {
    const { url, pool } = await startDatabase(stage)
    stage.progress('filling the warehouse')
    await pool.query(`
      create table customer as
      select n::bigint as id, 'customer-' || lpad(n::text, 9, '0') as external_id,
        md5(n::text)::uuid as crm_id, 'Lucía' as first_name, now() as updated_at
      from generate_series(1, ${stage.rows}) n`)
    await pool.query('vacuum analyze customer')
    const muster: number[] = []
    const bare: number[] = []
    for (let i = 1; i <= repeats; i++) {
      stage.progress(`read ${i} of ${repeats}`)
      muster.push(await measureSource(stage, url))
      bare.push(await secondsOf(() => copyBare(stage, url)))
    }
    const rate = (seconds: readonly number[]): number => stage.rows / median(seconds)
    return [{ metric: 'read', value: rate(muster), unit: 'rows/s', limit: rate(bare), n: stage.rows }]
  },
}

const repeats = 3
const columns = ['id', 'external_id', 'crm_id']

async function measureSource(stage: Stage, url: string): Promise<number> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const open = await source.open({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1),
  })
  const directory = join(stage.directory, 'rows')
  await mkdir(directory)
  try {
    return await secondsOf(async () => {
      const files = await open.extract(
        'select * from customer',
        columns,
        directory,
        new AbortController().signal,
      )
      if (files.rows !== stage.rows) throw new Error(`${files.rows} rows were read of ${stage.rows}`)
    })
  } finally {
    await open.close()
    await rm(directory, { recursive: true })
  }
}

async function copyBare(stage: Stage, url: string): Promise<void> {
  const path = join(stage.directory, 'bare.tsv')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const rows = client.query(copyStreams.to(`copy (select ${columns.join(', ')} from customer) to stdout`))
    await pipeline(rows, createWriteStream(path))
  } finally {
    await client.end()
    await rm(path, { force: true })
  }
}
