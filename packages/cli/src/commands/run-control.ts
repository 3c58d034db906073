import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'

/** `cancel` a run; `pause` and `resume` a sync. */
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
