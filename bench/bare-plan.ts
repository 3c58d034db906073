import { DuckDBInstance } from '@duckdb/node-api'

// The limit of bench/plan.ts: bare DuckDB SQL with its own defaults. Takes a warehouse and a folder. Writes the distinct
// members to a file, then both anti-joins with the members that the folder had before, and prints the seconds.
const [warehouse = '', folder = ''] = process.argv.slice(2)
const before = `${folder}/accepted.parquet`
const now = `${folder}/members.parquet`
const instance = await DuckDBInstance.create(':memory:', { temp_directory: `${folder}/spill` })
const connection = await instance.connect()
await connection.run(`attach '${warehouse}' as shop (read_only)`)
await connection.run('set preserve_insertion_order = false')

const seconds = async (statements: readonly string[]): Promise<number> => {
  const began = performance.now()
  for (const statement of statements) await connection.run(statement)
  return (performance.now() - began) / 1_000
}
const members = `
  copy (
    select case when customer_id is not null then 1 else 2 end as kind, coalesce(customer_id, crm_id) as value,
           min(contact_id) as row_key
    from shop.people
    group by all
  ) to '${now}' (format parquet)`
const changes = `
  copy (
    select 'remove' as operation, kind, value from '${before}' anti join '${now}' using (kind, value)
    union all
    select 'add', kind, value from '${now}' anti join '${before}' using (kind, value)
  ) to '${folder}/changes.parquet' (format parquet)`
const hasBefore = process.argv[4] === 'diff'
const took = await seconds(hasBefore ? [members, changes] : [members])
process.stdout.write(`${JSON.stringify(took)}\n`)
process.once('SIGTERM', () => process.exit(0))
setInterval(() => {}, 60_000)
