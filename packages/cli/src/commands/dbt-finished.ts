import { readFile } from 'node:fs/promises'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { DbtRunResults, parseDbtResults } from '@muster/core/sync/dbt-results.ts'
import type { Command } from 'commander'
import { type ExitCode, example, exitCodes, withConnection } from '../command.ts'
import { formatRun, runAnswer } from '../run-text.ts'
import { exitCodeOf, followRun } from './runs.ts'

/** `dbt-finished`: for jobs of dbt that end on another machine than the server's. */
export function addDbtFinished(program: Command): void {
  const command = program
    .command('dbt-finished <run_results.json>')
    .description(
      'tell of a dbt job that has ended: the syncs that wait for such a one run, once an invocation',
    )
    .option('--no-wait', 'return as soon as the runs have begun')
    .action(async (path: string) => {
      const { wait } = command.opts<{ wait: boolean }>()
      const body = await readResults(path)
      await withConnection(command, async ({ client, output }) => {
        const { invocation_id, syncs } = await client.finishDbtJob({ body })
        for (const { sync, message } of syncs) output.say(`${sync}: ${message}.`)
        const ids = [...new Set(syncs.flatMap(({ run }) => (run === null ? [] : [run])))]
        const runs: RunSummary[] = []
        for (const id of wait ? ids : []) {
          const begun = await client.getRun({ params: { id }, query: { wait: 0 } })
          runs.push(await followRun(client, begun, output))
        }
        output.answer({ invocation_id, syncs, runs: runs.map(runAnswer) }, () => {
          if (syncs.length === 0) return 'No sync waits for dbt jobs.'
          if (ids.length === 0) return 'No run was begun.'
          return runs.map(formatRun).join('\n') || `Not waited for: run ${ids.join(', ')}.`
        })
        return worstOf(runs.map(exitCodeOf))
      })
    })
  example(
    command,
    'muster dbt-finished target/run_results.json',
    'muster dbt-finished target/run_results.json --address https://muster.example --no-wait',
  )
}

/** Only what the server needs: the whole artefact holds the SQL of every node. */
async function readResults(path: string): Promise<DbtRunResults> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw invalid('no_file', `the file ${path} cannot be read: ${messageOf(error)}`, {
      hint: 'Name the target/run_results.json that dbt build writes.',
    })
  })
  const artefact = parseJson(text)
  parseDbtResults(artefact)
  return DbtRunResults.parse(artefact)
}

/** Null where it is none, which is no artefact either. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function worstOf(codes: readonly ExitCode[]): ExitCode {
  return codes.find((code) => code === exitCodes.failed) ?? codes.find((code) => code > 0) ?? exitCodes.done
}
