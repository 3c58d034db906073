import { fates } from '@muster/core/engage/membership.ts'
import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { count, table } from '../output.ts'
import { addCohortHistory } from './cohort-history.ts'

export function addCohorts(program: Command): void {
  const cohorts = program.command('cohorts').description('cohorts that partners have imported')
  const list = cohorts
    .command('list')
    .description('all cohorts')
    .option('--partner <slug>', 'of one partner')
    .action(async () => {
      const { partner } = list.opts<{ partner?: string }>()
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listCohorts({ query: { partner } })
        output.answer(found, () =>
          table(
            ['partner', 'cohort_id', 'name', 'members'],
            found.map((cohort) => [cohort.partner, cohort.cohort_id, cohort.name, cohort.members]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster cohorts list --partner hightouch')

  const show = cohorts
    .command('show <cohort_id>')
    .description('one cohort')
    .requiredOption('--partner <slug>', 'whose cohort')
    .action(async (cohortId: string) => {
      const { partner } = show.opts<{ partner: string }>()
      await withConnection(show, async ({ client, output }) => {
        const { cohort_id, name, members, imports, used_by } = await client.getCohort({
          params: { partner, cohort_id: cohortId },
        })
        output.answer({ cohort_id, name, members, imports, used_by }, () =>
          [
            `${name}: ${count(members)} members`,
            `${count(imports.requests)} requests with ${count(imports.ids)} ids: ${fates
              .map((fate) => `${count(imports[fate])} ${fate.replaceAll('_', ' ')}`)
              .join(', ')}`,
            `Used by segments: ${used_by.map((use) => use.segment).join(', ') || 'none'}`,
          ].join('\n'),
        )
        return undefined
      })
    })
  example(show, 'muster cohorts show 0b3f6c1e-… --partner hightouch --json')
  addCohortHistory(cohorts)
}
