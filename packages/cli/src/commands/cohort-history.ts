import type { Command } from 'commander'
import { example, wholeNumber, withConnection } from '../command.ts'
import { count, table } from '../output.ts'

interface HistoryOptions {
  readonly partner: string
  readonly at?: string
  readonly user?: string
  readonly unit: 'hour' | 'day'
  readonly limit: number
}

/** `muster cohorts history|rename|set|delete`. */
export function addCohortHistory(cohorts: Command): void {
  addHistory(cohorts)
  addRename(cohorts)
  addSet(cohorts)
  addDelete(cohorts)
}

function addHistory(cohorts: Command): void {
  const history = cohorts
    .command('history <cohort_id>')
    .description('how it grew, who changed what; or how many members it had at a time')
    .requiredOption('--partner <slug>', 'whose cohort')
    .option('--at <time>', 'as of a time (ISO-8601, with a zone): how many members')
    .option('--user <user>', 'only changes of one user')
    .option('--unit <unit>', 'growth by hour or day', 'day')
    .option('--limit <n>', 'at most so many changes', wholeNumber, 20)
    .action(async (cohortId: string) => {
      const { partner, at, user, unit, limit } = history.opts<HistoryOptions>()
      const params = { partner, cohort_id: cohortId }
      await withConnection(history, async ({ client, output }) => {
        if (at !== undefined) {
          const then = await client.listCohortMembersAt({ params, query: { at, limit } })
          output.answer({ cohort_id: cohortId, at, ...then }, () => `${count(then.count)} members at ${at}`)
          return undefined
        }
        const changes = await client.listCohortChanges({ params, query: { user, limit } })
        const growth = await client.getCohortGrowth({ params, query: { unit } })
        output.answer({ cohort_id: cohortId, growth, changes }, () =>
          [
            table(
              [unit, 'joined', 'left', 'members'],
              growth
                .filter(({ joined, left }) => joined + left > 0)
                .map((step) => [step.at, step.joined, step.left, step.members]),
            ),
            '',
            table(
              ['time', 'cause', 'import', 'key', 'joined', 'left'],
              changes.map((one) => [
                one.at,
                one.cause,
                one.import_id ?? '',
                one.key ?? '',
                one.joined,
                one.left,
              ]),
            ),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(
    history,
    'muster cohorts history 0b3f6c1e-… --partner hightouch --unit hour',
    'muster cohorts history 0b3f6c1e-… --partner hightouch --at 2026-11-01T00:00:00Z',
  )
}

function addRename(cohorts: Command): void {
  const rename = cohorts
    .command('rename <cohort_id> <name>')
    .description('give it another name, until its partner names it anew')
    .requiredOption('--partner <slug>', 'whose cohort')
    .action(async (cohortId: string, name: string) => {
      const { partner } = rename.opts<{ partner: string }>()
      await withConnection(rename, async ({ client, output }) => {
        const cohort = await client.changeCohort({ params: { partner, cohort_id: cohortId }, body: { name } })
        output.answer(cohort, () => `${cohort.cohort_id} is named "${cohort.name}"`)
        return undefined
      })
    })
  example(rename, 'muster cohorts rename 0b3f6c1e-… "Lapsed VIPs" --partner hightouch')
}

function addSet(cohorts: Command): void {
  const set = cohorts
    .command('set <cohort_id>')
    .description(
      'set whether it remembers ids that match nobody, to let them join when their profile appears',
    )
    .requiredOption('--partner <slug>', 'whose cohort')
    .requiredOption('--keep-unknown <yes|no>', 'remember them?')
    .action(async (cohortId: string) => {
      const { partner, keepUnknown } = set.opts<{ partner: string; keepUnknown: string }>()
      if (keepUnknown !== 'yes' && keepUnknown !== 'no') {
        set.error('error: --keep-unknown takes yes or no')
      }
      await withConnection(set, async ({ client, output }) => {
        const cohort = await client.changeCohort({
          params: { partner, cohort_id: cohortId },
          body: { keeps_unknown: keepUnknown === 'yes' },
        })
        output.answer(
          cohort,
          () => `${cohort.name} ${cohort.keeps_unknown ? 'remembers' : 'does not remember'} unknown ids`,
        )
        return undefined
      })
    })
  example(set, 'muster cohorts set 0b3f6c1e-… --partner hightouch --keep-unknown yes')
}

function addDelete(cohorts: Command): void {
  const remove = cohorts
    .command('delete <cohort_id>')
    .description('delete it with its members and history; refused while a segment uses it')
    .requiredOption('--partner <slug>', 'whose cohort')
    .action(async (cohortId: string) => {
      const { partner } = remove.opts<{ partner: string }>()
      await withConnection(remove, async ({ client, output }) => {
        const cohort = await client.deleteCohort({ params: { partner, cohort_id: cohortId } })
        output.answer(cohort, () => `Deleted ${cohort.name}, which had ${count(cohort.members)} members`)
        return undefined
      })
    })
  example(remove, 'muster cohorts delete 0b3f6c1e-… --partner hightouch')
}
