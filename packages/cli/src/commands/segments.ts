import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { formatExplained } from '../explained.ts'
import { count, table } from '../output.ts'
import { userHelp } from './users.ts'

export function addSegments(program: Command): void {
  const segments = program.command('segments').description('segments of users')
  const list = segments
    .command('list')
    .description('all segments')
    .action(async () => {
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listSegments()
        output.answer(found, () =>
          table(
            ['segment', 'filters', 'used by'],
            found.map((segment) => [
              segment.name,
              segment.description,
              segment.used_by.map((use) => `${use.kind} ${use.name}`).join(', '),
            ]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster segments list')

  const size = segments
    .command('size <segment>')
    .description('the exact size, computed now')
    .action(async (name: string) => {
      await withConnection(size, async ({ client, output }) => {
        const found = await client.sizeSegment({ params: { name } })
        output.answer(
          { segment: name, ...found },
          () => `${count(found.size)} users (${found.ms.toFixed(0)} ms)`,
        )
        return undefined
      })
    })
  example(size, 'muster segments size lapsed-vips-spain')

  const lookup = segments
    .command('lookup <segment> <user>')
    .description(`is a user in the segment, and by which filters? User: ${userHelp}`)
    .action(async (name: string, user: string) => {
      await withConnection(lookup, async ({ client, output }) => {
        const found = await client.lookUpInSegment({ params: { name }, query: { user } })
        output.answer(found, () =>
          [
            `${found.user.external_id ?? found.user.braze_id} is ${found.member ? '' : 'not '}in ${name}:`,
            formatExplained(found.why, '  '),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(lookup, 'muster segments lookup lapsed-vips-spain 4711')
}
