import { MusterError, messageOf } from '@muster/core/lib/error.ts'
import { processEnvironment } from '@muster/server/config.ts'
import { Command, CommanderError } from 'commander'
import { exitCodeOfError, exitCodes } from './command.ts'
import { addAlerts } from './commands/alerts.ts'
import { addCampaigns } from './commands/campaigns.ts'
import { addCanvases } from './commands/canvases.ts'
import { addChanges } from './commands/changes.ts'
import { addCohorts } from './commands/cohorts.ts'
import { addDbtFinished } from './commands/dbt-finished.ts'
import { addDelete } from './commands/delete.ts'
import { addDemo } from './commands/demo.ts'
import { addDeployAndExport } from './commands/deploy.ts'
import { addDestinations } from './commands/destinations.ts'
import { addDoctor } from './commands/doctor.ts'
import { addImports } from './commands/imports.ts'
import { addKeys } from './commands/keys.ts'
import { addLedger } from './commands/ledger.ts'
import { addMending } from './commands/mending.ts'
import { addModels } from './commands/models.ts'
import { addProject } from './commands/project.ts'
import { addRejected } from './commands/rejected.ts'
import { addRunControl } from './commands/run-control.ts'
import { addRuns } from './commands/runs.ts'
import { addSegments } from './commands/segments.ts'
import { addServe } from './commands/serve.ts'
import { addSources } from './commands/sources.ts'
import { addSyncs } from './commands/syncs.ts'
import { addUsers } from './commands/users.ts'
import { addWhy } from './commands/why.ts'
import { addWorker } from './commands/worker.ts'
import { formatError } from './output.ts'
import { version } from './version.ts'

const program = new Command('muster')
  .description('From a row in a warehouse to a message in an inbox: cohorts, synced and received.')
  .version(version)
  .option('--data-dir <dir>', 'the data directory (MUSTER_DATA_DIR, default .muster)')
  .option('--address <url>', 'a running server to talk to, e.g. http://127.0.0.1:4400')
  .option('--json', 'print one line of JSON')
  .option('--quiet', 'print nothing but errors')
  .showHelpAfterError('(add --help to see what it takes)')
  .showSuggestionAfterError()
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()

for (const add of [
  addServe,
  addWorker,
  addDemo,
  addDoctor,
  addProject,
  addDeployAndExport,
  addDelete,
  addSources,
  addDestinations,
  addModels,
  addSyncs,
  addRuns,
  addChanges,
  addRunControl,
  addMending,
  addDbtFinished,
  addLedger,
  addRejected,
  addAlerts,
  addWhy,
  addKeys,
  addCohorts,
  addImports,
  addUsers,
  addSegments,
  addCampaigns,
  addCanvases,
]) {
  add(program)
}

/** Without a subcommand, `muster keys` and its like show their help and count as wrong usage. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inherit(child)
  }
}
inherit(program)

// Whoever reads us may have heard enough (`| head`): the command ends its work all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  } else if (error instanceof MusterError) {
    process.exitCode = exitCodeOfError(error)
    printError(error)
  } else {
    process.exitCode = exitCodes.failed
    process.stderr.write(`Something went wrong inside Muster: ${messageOf(error)}\n`)
    if (processEnvironment().MUSTER_LOG === 'debug' && error instanceof Error)
      process.stderr.write(`${error.stack}\n`)
  }
}

function printError(error: MusterError): void {
  const { kind, code, message, hint, details } = error
  if (program.opts<{ json?: boolean }>().json || process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: { kind, code, message, hint, details } })}\n`)
  }
  process.stderr.write(`${formatError(error)}\n`)
}
