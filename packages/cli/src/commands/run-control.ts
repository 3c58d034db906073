import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { formatRun, runAnswer } from '../run-text.ts'
import { exitCodeOf, followRun } from './runs.ts'

/** `cancel`, `hold` and `release` a run; `pause` and `resume` a sync. */
export function addRunControl(program: Command): void {
  const cancel = program
    .command('cancel <run>')
    .description('end a run; what was not accepted stays pending, and the next run takes it up')
    .action(async (id: string) => {
      await withConnection(cancel, async ({ client, output }) => {
        await client.cancelRun({ params: { id } })
        let run = await client.getRun({ params: { id }, query: { wait: 5 } })
        while (run.status === 'reading' || run.status === 'applying') {
          output.progress(`run ${id} lets its requests in flight end`)
          run = await client.getRun({ params: { id }, query: { wait: 5 } })
        }
        output.answer({ run: id, status: run.status, ...run.delivery }, () => `${run.status}: ${run.message}`)
        return undefined
      })
    })
  example(cancel, 'muster cancel 12')

  const hold = program
    .command('hold <run>')
    .description('let a plan wait until somebody releases it')
    .action(async (id: string) => {
      await withConnection(hold, async ({ client, output }) => {
        const answer = await client.holdRun({ params: { id } })
        output.answer(answer, () => `Run ${id} is held. Send it with: muster release ${id}`)
        return undefined
      })
    })
  example(hold, 'muster hold 12')

  const release = program
    .command('release <run>')
    .description('send a plan that a guard or a person holds')
    .action(async (id: string) => {
      await withConnection(release, async ({ client, output }) => {
        const begun = await client.applyRun({ params: { id }, body: { release: true } })
        const run = await followRun(client, begun, output)
        output.answer(runAnswer(run), () => formatRun(run))
        return exitCodeOf(run)
      })
    })
  example(release, 'muster release 12')

  const pause = program
    .command('pause <sync>')
    .description('lay a sync to rest: nothing begins a run of it')
    .action(async (name: string) => {
      await withConnection(pause, async ({ client, output }) => {
        const answer = await client.pauseSync({ params: { name } })
        output.answer(answer, () => `${name} is paused. Take it up again with: muster resume ${name}`)
        return undefined
      })
    })
  example(pause, 'muster pause lapsed-vips')

  const resume = program
    .command('resume <sync>')
    .description('take a paused sync up again')
    .action(async (name: string) => {
      await withConnection(resume, async ({ client, output }) => {
        const answer = await client.resumeSync({ params: { name } })
        output.answer(answer, () => `${name} runs again.`)
        return undefined
      })
    })
  example(resume, 'muster resume lapsed-vips')
}
