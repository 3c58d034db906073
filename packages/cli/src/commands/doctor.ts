import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { MusterError, messageOf } from '@muster/core/lib/error.ts'
import { findServer } from '@muster/server/data-directory.ts'
import type { Command } from 'commander'
import colors from 'picocolors'
import { configOf, example, exitCodes, type GlobalOptions, outputOf } from '../command.ts'
import { connect } from '../connection.ts'

interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly message: string
}

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('check what Muster needs on this machine')
    .action(async () => {
      const options = doctor.optsWithGlobals<GlobalOptions>()
      const config = configOf(options)
      const findings: Finding[] = [
        { what: 'Node.js', ok: true, message: process.version },
        webFinding(),
        ...(await serverFindings(options)),
      ]
      outputOf(options).answer(
        { ok: findings.every((f) => f.ok), data_directory: config.dataDirectory, findings },
        () =>
          findings
            .map(({ what, ok, message }) => `${ok ? colors.green('✓') : colors.red('✗')} ${what}: ${message}`)
            .join('\n'),
      )
      process.exitCode = findings.every((f) => f.ok) ? exitCodes.done : exitCodes.failed
    })
  example(doctor, 'muster doctor')
}

function webFinding(): Finding {
  const built = existsSync(join(import.meta.dirname, '../../../web/dist/index.html'))
  return { what: 'Web app', ok: built, message: built ? 'built' : 'not built; run: npm run build:web' }
}

/** Opens the data directory and its database, or asks the server that holds it. */
async function serverFindings(options: GlobalOptions): Promise<Finding[]> {
  const config = configOf(options)
  const what = 'Data directory and database'
  try {
    const address = options.address ?? (await findServer(config.dataDirectory))
    const connection = await connect(config, options.address ?? null)
    const status = await connection.client.getStatus()
    const syncs = status.halves.includes('sync') ? await connection.client.listSyncs() : []
    await connection.close()
    const where = address === null ? 'opened by this command' : `server at ${address}`
    const message = `${config.dataDirectory}, ${where}, halves: ${status.halves.join(', ')}`
    return [{ what, ok: true, message }, ...syncs.flatMap(copyFinding)]
  } catch (error) {
    const hint = error instanceof MusterError && error.hint ? ` ${error.hint}` : ''
    return [{ what, ok: false, message: `${messageOf(error)}.${hint}` }]
  }
}

/** Whether a ledger reaches the warehouse; the error says which right is missing. */
function copyFinding({ name, ledger_copy: copy }: SyncSummary): Finding[] {
  if (!copy) return []
  const again = copy.next_at === null ? '' : `; tried again at ${copy.next_at.slice(0, 19).replace('T', ' ')}`
  const message =
    copy.error === null ? `${copy.copied} runs copied, ${copy.waiting} to come` : `${copy.error}${again}`
  return [{ what: `Ledger of ${name} in the warehouse`, ok: copy.error === null, message }]
}
