import { relative } from 'node:path'
import { createClient } from '@muster/core/api/client.ts'
import { routes } from '@muster/core/api/routes.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import { type Config, processEnvironment } from '@muster/server/config.ts'
import { type Command, InvalidArgumentError } from 'commander'
import colors from 'picocolors'
import { configOf, example, type GlobalOptions } from '../command.ts'
import type { Muster } from '../compose.ts'
import { overNetwork } from '../connection.ts'
import { count } from '../output.ts'
import { stopOnSignal } from '../stop-signal.ts'
import { portOption } from './serve.ts'

interface DemoOptions extends GlobalOptions {
  readonly exit?: boolean
  readonly members: number
  readonly port?: number
}

export function addDemo(program: Command): void {
  const demo = program
    .command('demo')
    .description(
      'walk the whole way with a sample shop, from a warehouse row to a message, and leave the web app running',
    )
    .option('--members <n>', 'how many members the first run adds', membersOption, 5_000)
    .option('--exit', 'end after the walk')
    .option(
      '--port <n>',
      'the port of the web app (default 4400, or a free one when that is taken)',
      portOption,
    )
    .action(() => runDemo(demo.optsWithGlobals<DemoOptions>()))
  example(demo, 'muster demo --members 20000 --exit --json')
}

function membersOption(text: string): number {
  const members = Number(text)
  if (Number.isInteger(members) && members >= 50 && members <= 10_000_000) return members
  throw new InvalidArgumentError('A shop has from 50 to 10,000,000 members.')
}

async function runDemo(options: DemoOptions): Promise<void> {
  const [{ prepareDemoDirectory }, { createNarrator }, { walkTheWay }] = await Promise.all([
    import('../demo/demo-directory.ts'),
    import('../demo/narrator.ts'),
    import('../demo/walk.ts'),
  ])
  const began = performance.now()
  const asked = configOf(options)
  const wasAsked = options.dataDir !== undefined || processEnvironment().MUSTER_DATA_DIR !== undefined
  const { path, again } = await prepareDemoDirectory(asked.dataDirectory, wasAsked)
  const config = { ...asked, dataDirectory: path, databaseUrl: null }
  const narrator = createNarrator(options.quiet === true)
  if (again) narrator.line('What the last demo left here was deleted; this one begins anew.')
  const stop = stopOnSignal()
  const muster = await startOnAnyPort(config, options.port)
  try {
    const startSeconds = (performance.now() - began) / 1_000
    const client = createClient(routes, overNetwork(muster.address, null))
    const { dataDirectory } = config
    const walk = walkTheWay({
      client,
      address: muster.address,
      dataDirectory,
      members: options.members,
      narrator,
    })
    const figures = await Promise.race([walk, stop.then(() => null)])
    if (figures === null) return
    figures.seconds.start = Math.round(startSeconds * 100) / 100
    figures.seconds.total = Math.round((performance.now() - began) / 10) / 100
    narrator.line('')
    narrator.line(
      colors.green(
        `Done in ${figures.seconds.total} s. All ${count(figures.checked)} figures are what the shop knows to be true.`,
      ),
    )
    if (!options.exit) {
      narrator.line(`The web app runs at ${colors.bold(muster.address)} (Ctrl-C stops it).`)
      const where = path === asked.dataDirectory ? '' : ` --data-dir ${relative('.', path)}`
      narrator.line(`In another terminal: npx muster why ${figures.guide}${where}`)
    }
    if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
    if (!options.exit) await stop
  } finally {
    await muster.close()
  }
}

/** A taken default port is no reason to fail: the address is printed. One that was asked for is. */
async function startOnAnyPort(config: Config, asked: number | undefined): Promise<Muster> {
  const { startMuster } = await import('../compose.ts')
  try {
    return await startMuster({ config: { ...config, port: asked ?? config.port }, patienceMs: 10_000 })
  } catch (error) {
    if (asked !== undefined || !(error instanceof MusterError) || error.code !== 'port_taken') throw error
    return startMuster({ config: { ...config, port: 0 }, patienceMs: 10_000 })
  }
}
