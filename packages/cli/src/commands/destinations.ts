import type { Command } from 'commander'
import { example, exitCodes, withConnection } from '../command.ts'
import { checkText, table } from '../output.ts'

/** `destinations`: where syncs send. */
export function addDestinations(program: Command): void {
  const destinations = program
    .command('destinations')
    .description('destinations: whether they can be sent to')
  const list = destinations
    .command('list')
    .description('all destinations')
    .action(async () => {
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listDestinations()
        output.answer(found, () =>
          table(
            ['destination', 'type', 'changed'],
            found.map((destination) => [destination.name, destination.type, destination.updated_at]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster destinations list')

  const check = destinations
    .command('check <destination>')
    .description('test address and keys; changes nothing there')
    .action(async (name: string) => {
      await withConnection(check, async ({ client, output }) => {
        const found = await client.checkDestination({ params: { name } })
        output.answer(found, () => checkText(found))
        return found.ok ? undefined : exitCodes.failed
      })
    })
  example(check, 'muster destinations check braze')
}
