import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { formatPlan, formatRun, planAnswer, runAnswer } from '../run-text.ts'
import { exitCodeOf, followRun } from './runs.ts'

/** `undo` a run, `reconcile` a cohort, and `reset` what is known of a cohort. */
export function addMending(program: Command): void {
  const undo = program
    .command('undo <run>')
    .description('take back what a run has changed and what still stands of it; lays the sync to rest')
    .option('--plan', 'only show what would be sent')
    .action(async (id: string) => {
      const { plan = false } = undo.opts<{ plan?: boolean }>()
      await withConnection(undo, async ({ client, output }) => {
        const begun = await client.undoRun({ params: { id }, body: { plan_only: plan } })
        const run = await followRun(client, begun, output)
        const resting = `${run.sync} is paused. Take it up again with: muster resume ${run.sync}`
        if (plan) output.answer(planAnswer(run), () => formatPlan(run))
        else output.answer(runAnswer(run), () => `${formatRun(run)}\n${resting}`)
        return exitCodeOf(run)
      })
    })
  example(undo, 'muster undo 12 --plan', 'muster undo 12')

  const reconcile = program
    .command('reconcile <sync>')
    .description('repair the cohort by what the destination says is in it, or else send everything once more')
    .option('--plan', 'only show what would be sent')
    .action(async (name: string) => {
      const { plan = false } = reconcile.opts<{ plan?: boolean }>()
      await withConnection(reconcile, async ({ client, output }) => {
        const begun = await client.reconcileSync({ params: { name }, body: { plan_only: plan } })
        const run = await followRun(client, begun, output)
        if (plan) output.answer(planAnswer(run), () => formatPlan(run))
        else output.answer(runAnswer(run), () => formatRun(run))
        return exitCodeOf(run)
      })
    })
  example(reconcile, 'muster reconcile lapsed-vips --plan', 'muster reconcile lapsed-vips')

  const reset = program
    .command('reset <sync>')
    .description('take what the model gives now as accepted, and send nothing')
    .option('--forget', 'forget what was accepted instead: the next run is a first one and removes nobody')
    .action(async (name: string) => {
      const { forget = false } = reset.opts<{ forget?: boolean }>()
      await withConnection(reset, async ({ client, output }) => {
        if (forget) {
          await client.forgetSync({ params: { name } })
          output.answer(
            { sync: name, accepted: null },
            () => `${name} knows of nobody any more; nothing was sent.`,
          )
          return undefined
        }
        const run = await followRun(client, await client.resetSync({ params: { name } }), output)
        const { accepted } = await client.getSync({ params: { name } })
        const answer = { sync: name, run: run.id, status: run.status, accepted, message: run.message }
        output.answer(answer, () => `${name}: ${run.message}${run.hint ? `\n${run.hint}` : ''}`)
        return exitCodeOf(run)
      })
    })
  example(reset, 'muster reset lapsed-vips', 'muster reset lapsed-vips --forget')
}
