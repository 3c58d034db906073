import type { SyncSummary } from '@muster/core/api/sync.ts'
import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { table } from '../output.ts'

/** `syncs`: what runs when, and what came of it. */
export function addSyncs(program: Command): void {
  const command = program
    .command('syncs')
    .description('all syncs: when each runs, and how the last run ended')
    .action(async () => {
      await withConnection(command, async ({ client, output }) => {
        const syncs = await client.listSyncs()
        output.answer(syncs, () =>
          table(
            ['sync', 'accepted', 'last run', 'next', 'waits for'],
            syncs.map((sync) => [
              sync.name,
              sync.accepted ?? '',
              sync.last_run ? `${sync.last_run.id} ${sync.last_run.status}` : '',
              sync.paused_at === null ? (sync.next_run_at?.slice(0, 19).replace('T', ' ') ?? '') : '',
              waitsFor(sync),
            ]),
          ),
        )
        return undefined
      })
    })
  example(command, 'muster syncs')
}

function waitsFor({ name, paused_at, definition: { schedule }, dbt }: SyncSummary): string {
  if (paused_at !== null) return `paused: muster resume ${name}`
  if (schedule === 'manual') return ''
  if ('after' in schedule) return `a run of ${schedule.after}`
  if (!('dbt' in schedule)) return ''
  return `dbt: ${dbt?.problem ?? dbt?.job?.message ?? 'no job has ended yet'}`
}
