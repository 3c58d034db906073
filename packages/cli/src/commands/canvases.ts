import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { count, table } from '../output.ts'
import { formatCounts } from './campaigns.ts'

export function addCanvases(program: Command): void {
  const canvases = program.command('canvases').description('Canvases')
  const list = canvases
    .command('list')
    .description('all Canvases')
    .action(async () => {
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listCanvases()
        output.answer(found, () =>
          table(
            ['Canvas', 'segment', 'entered', 'waiting', 'finished', 'messages'],
            found.map((canvas) => [
              canvas.name,
              canvas.definition.segment,
              canvas.entered,
              canvas.waiting,
              canvas.finished,
              formatCounts(canvas.counts),
            ]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster canvases list')

  const launch = canvases
    .command('launch <canvas>')
    .description('let everybody enter who is in the segment at this moment and has not entered before')
    .action(async (name: string) => {
      await withConnection(launch, async ({ client, output }) => {
        const canvas = await client.launchCanvas({ params: { name } })
        output.answer({ canvas: name, entering: canvas.entering, entered: canvas.entered }, () =>
          [`${count(canvas.entering)} enter ${name}; ${count(canvas.entered)} have entered so far.`].join(
            '\n',
          ),
        )
        return undefined
      })
    })
  example(launch, 'muster canvases launch welcome-back')

  const show = canvases
    .command('show <canvas>')
    .description('entries and messages of one Canvas')
    .action(async (name: string) => {
      await withConnection(show, async ({ client, output }) => {
        const canvas = await client.getCanvas({ params: { name } })
        output.answer(canvas, () =>
          [
            `${name} for segment ${canvas.definition.segment}`,
            `${count(canvas.entered)} entered, ${count(canvas.waiting)} waiting, ${count(canvas.finished)} finished`,
            `messages: ${formatCounts(canvas.counts)}`,
          ].join('\n'),
        )
        return undefined
      })
    })
  example(show, 'muster canvases show welcome-back')
}
