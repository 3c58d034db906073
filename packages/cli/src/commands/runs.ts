import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { missing } from '@muster/core/lib/error.ts'
import { isSettled, isSuccess } from '@muster/core/sync/run.ts'
import { type Command, Option } from 'commander'
import { type ExitCode, example, exitCodes, wholeNumber, withConnection, wrongUsage } from '../command.ts'
import { count, type Output, table } from '../output.ts'
import { formatPlan, formatRun, planAnswer, runAnswer } from '../run-text.ts'
import { planProject } from './plan-project.ts'

/** Follows a run until it settles, showing how far it is. */
export async function followRun(
  client: Client<Routes>,
  begun: RunSummary,
  output: Output,
): Promise<RunSummary> {
  let run = begun
  while (!isSettled(run.status)) {
    output.progress(`${run.sync}: ${stationOf(run)}`)
    run = await client.getRun({ params: { id: run.id }, query: { wait: 1 } })
  }
  output.progress('')
  return run
}

function stationOf({ status, delivery }: RunSummary): string {
  if (status === 'queued') return 'waits for its turn'
  if (status === 'reading') return 'reading'
  return `${count(delivery.accepted)} of ${count(delivery.planned)} sent`
}

/** How a command that followed a run ends. */
export function exitCodeOf(run: RunSummary): ExitCode {
  if (run.status === 'held' || run.cause?.code === 'waits') return exitCodes.held
  return isSuccess(run.status) ? exitCodes.done : exitCodes.failed
}

export function addRuns(program: Command): void {
  addPlan(program)
  addApply(program)
  addRun(program)
  addList(program)
}

interface PlanOptions {
  readonly exitCode?: boolean
  readonly project?: string
  readonly env?: string
}

function addPlan(program: Command): void {
  const plan = program
    .command('plan [sync]')
    .description('read the model and show what a run would add and remove; sends nothing')
    .option('--exit-code', 'end with 3 when the plan has changes')
    .option('--project <dir>', 'plan the syncs as the files of this project have them, without deploying')
    .option('--env <name>', 'with --project: with the files of this environment laid over them')
    .action(async (name: string | undefined) => {
      const { exitCode, project, env } = plan.opts<PlanOptions>()
      await withConnection(plan, async (context) => {
        if (project !== undefined) {
          return planProject(context, name, {
            project,
            ...(env === undefined ? {} : { env }),
            exitCode: exitCode === true,
          })
        }
        if (name === undefined) {
          throw wrongUsage(
            'name a sync to plan',
            'Or a project whose syncs to plan: muster plan --project DIR',
          )
        }
        const { client, output } = context
        const run = await followRun(client, await client.planSync({ params: { name } }), output)
        output.answer(planAnswer(run), () => formatPlan(run))
        const changes = run.plan !== null && run.plan.added + run.plan.removed > 0
        return exitCode && run.status === 'planned' && changes ? exitCodes.changes : exitCodeOf(run)
      })
    })
  example(
    plan,
    'muster plan lapsed-vips',
    'muster plan lapsed-vips --json --exit-code',
    'muster plan --project shop',
  )
}

function addApply(program: Command): void {
  const apply = program
    .command('apply <sync>')
    .description('send exactly what the last plan of the sync says')
    .addOption(new Option('--release', 'apply it although a guard or its canary holds it'))
    .addOption(canaryOption())
    .action(async (name: string) => {
      const { release = false, canary } = apply.opts<{ release?: boolean; canary?: number }>()
      await withConnection(apply, async ({ client, output }) => {
        const planned = (await client.listRuns({ query: { sync: name, limit: 20 } })).find(
          (run) => run.status === 'planned' || run.status === 'held',
        )
        if (!planned) {
          throw missing('no_plan', `sync ${name} has no plan to apply`, {
            hint: `Make one with: muster plan ${name}`,
          })
        }
        const begun = await client.applyRun({ params: { id: planned.id }, body: { release, canary } })
        const run = await followRun(client, begun, output)
        output.answer(runAnswer(run), () => formatRun(run))
        return exitCodeOf(run)
      })
    })
  example(apply, 'muster apply lapsed-vips', 'muster apply lapsed-vips --canary 500')
}

interface RunOptions {
  readonly fullResync?: boolean
  readonly key?: string
  readonly canary?: number
}

function canaryOption(): Option {
  return new Option(
    '--canary <n>',
    'send the first n changes of each operation alone, and go on when they are found good',
  ).argParser(wholeNumber)
}

function addRun(program: Command): void {
  const run = program
    .command('run <sync>')
    .description('read, plan and, unless a guard holds it, apply')
    .option('--key <text>', 'your own name of this trigger: the same one gives the same run for a day')
    .addOption(canaryOption())
    .option('--full-resync', 'send everything that is desired once more; leavers are removed as ever')
    .action(async (name: string) => {
      const { fullResync = false, key, canary } = run.opts<RunOptions>()
      await withConnection(run, async ({ client, output }) => {
        const begun = fullResync
          ? await client.resyncSync({ params: { name }, body: { plan_only: false, canary } })
          : await client.runSync({ params: { name }, query: { key, canary } })
        const done = await followRun(client, begun, output)
        output.answer(runAnswer(done), () => formatRun(done))
        return exitCodeOf(done)
      })
    })
  example(
    run,
    'muster run lapsed-vips',
    'muster run lapsed-vips --canary 500',
    'muster run lapsed-vips --full-resync',
  )
}

function addList(program: Command): void {
  const runs = program
    .command('runs [sync]')
    .description('runs, newest first')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(async (sync: string | undefined) => {
      const { limit } = runs.opts<{ limit: number }>()
      await withConnection(runs, async ({ client, output }) => {
        const found = await client.listRuns({ query: { sync, limit } })
        output.answer(found, () =>
          table(
            [
              'run',
              'sync',
              'kind',
              'started',
              'status',
              'added',
              'removed',
              'accepted',
              'rejected',
              'pending',
            ],
            found.map((run) => [
              run.id,
              run.sync,
              run.kind,
              run.started_at.slice(0, 19).replace('T', ' '),
              run.status,
              run.plan?.added ?? 0,
              run.plan?.removed ?? 0,
              run.delivery.accepted,
              run.delivery.rejected,
              run.delivery.pending,
            ]),
          ),
        )
        return undefined
      })
    })
  example(runs, 'muster runs lapsed-vips')
}
