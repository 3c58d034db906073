import { type Command, InvalidArgumentError } from 'commander'
import { configOf, example, type GlobalOptions, outputOf } from '../command.ts'
import { stopOnSignal } from '../stop-signal.ts'

interface WorkerOptions extends GlobalOptions {
  readonly runs: number
}

function runsOption(text: string): number {
  const runs = Number(text)
  if (!Number.isInteger(runs) || runs < 1 || runs > 64) {
    throw new InvalidArgumentError('It is a whole number from 1 to 64.')
  }
  return runs
}

export function addWorker(program: Command): void {
  const worker = program
    .command('worker')
    .description('work on the runs of a server beside it: any number of processes share one PostgreSQL')
    .option('--runs <n>', 'how many runs it works on at once', runsOption, 2)
    .action(async () => {
      const options = worker.optsWithGlobals<WorkerOptions>()
      const config = configOf(options)
      const asked = stopOnSignal()
      const { composeWorker } = await import('../compose.ts')
      const opened = await composeWorker(config, options.runs)
      outputOf(options).answer({ worker: process.pid, runs: options.runs }, () => 'The worker is ready.')
      await asked
      await opened.close()
    })
  example(worker, 'MUSTER_DATABASE_URL=postgres://… muster worker --data-dir /shared/muster')
}
