import { parseArgs } from 'node:util'
import { messageOf } from '@muster/core/lib/error.ts'
import { type Bench, runBench } from './bench.ts'
import { asTable, measurementOf } from './measurement.ts'

/** Loaded when asked for. */
const benches: { readonly [name: string]: () => Promise<Bench> } = {
  start: async () => (await import('./start.ts')).start,
  import: async () => (await import('./import.ts')).importIds,
  'import-memory': async () => (await import('./import-memory.ts')).importMemory,
  visible: async () => (await import('./visible.ts')).visible,
  read: async () => (await import('./read.ts')).read,
  plan: async () => (await import('./plan.ts')).plan,
  'plan-warehouse': async () => (await import('./plan-warehouse.ts')).planWarehouse,
  sync: async () => (await import('./sync.ts')).sync,
}

const names = Object.keys(benches).join('|')
const usage = `usage: npm run bench -- ${names} [--json] [--rows N]`

class UsageError extends Error {}

interface Request {
  readonly name: string
  readonly load: () => Promise<Bench>
  readonly json: boolean
  readonly rows: number | null
}

/** Takes the command line; throws a `UsageError` that says what is wrong with it. */
function readCommand(args: readonly string[]): Request {
  const { values, positionals } = parse(args)
  const [name, ...more] = positionals
  if (name === undefined) throw new UsageError('which bench?')
  const load = Object.hasOwn(benches, name) ? benches[name] : undefined
  if (!load) throw new UsageError(`there is no bench "${name}"`)
  if (more.length > 0) throw new UsageError('one bench at a time')
  const rows = values.rows === undefined ? null : Number(values.rows)
  if (rows !== null && !(Number.isInteger(rows) && rows >= 1))
    throw new UsageError('--rows takes a whole number above 0')
  return { name, load, json: values.json === true, rows }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, rows: { type: 'string' } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

async function main(): Promise<void> {
  const { name, load, json, rows } = readCommand(process.argv.slice(2))
  const bench = await load()
  const chosen = rows ?? bench.rows.default
  const progress = (text: string): void => void process.stderr.write(`${name}: ${text}\n`)
  progress(`${bench.title}, ${chosen.toLocaleString('en')} ${bench.rows.what}`)
  const figures = await runBench(bench, { rows: chosen, progress })
  const measurements = figures.map((figure) => measurementOf(name, figure))
  console.log(json ? measurements.map((one) => JSON.stringify(one)).join('\n') : asTable(measurements))
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof UsageError
  process.stderr.write(`${messageOf(error)}\n${isUsage ? `${usage}\n` : ''}`)
  process.exitCode = isUsage ? 2 : 1
}
