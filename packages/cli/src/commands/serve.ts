import { type Command, InvalidArgumentError, Option } from 'commander'
import { configOf, example, type GlobalOptions, outputOf } from '../command.ts'
import { stopOnSignal } from '../stop-signal.ts'

interface ServeOptions extends GlobalOptions {
  readonly port?: number
  readonly host?: string
  readonly only?: 'sync' | 'engage'
  readonly work: boolean
}

/** A port for an option: a whole number from 0 to 65535. */
export function portOption(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
  }
  return port
}

export function addServe(program: Command): void {
  const serve = program
    .command('serve')
    .description('start the server: both halves, the admin API and the web app')
    .option('--port <n>', 'the port (MUSTER_PORT, default 4400; 0 takes any free one)', portOption)
    .option(
      '--host <address>',
      'the address to listen on (MUSTER_HOST, default 127.0.0.1: only this machine)',
    )
    .option('--no-work', 'leave all runs to workers (muster worker)')
    .addOption(new Option('--only <half>', 'serve one half').choices(['sync', 'engage']))
    .action(async () => {
      const options = serve.optsWithGlobals<ServeOptions>()
      const config = configOf(options)
      const asked = stopOnSignal()
      const { startMuster } = await import('../compose.ts')
      const muster = await startMuster({
        config: { ...config, port: options.port ?? config.port, host: options.host ?? config.host },
        ...(options.only === undefined ? {} : { halves: [options.only] }),
        ...(options.work ? {} : { runsAtOnce: 0 }),
        patienceMs: 10_000,
      })
      outputOf(options).answer({ address: muster.address }, () => `Muster is ready at ${muster.address}`)
      await asked
      await muster.close()
    })
  example(serve, 'muster serve --port 4400 --data-dir .muster')
}
