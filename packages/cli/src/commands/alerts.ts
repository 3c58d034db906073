import type { Command } from 'commander'
import { example, exitCodes, withConnection } from '../command.ts'
import { table } from '../output.ts'

export function addAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('what is wrong with the syncs now')
    .action(async () => {
      await withConnection(alerts, async ({ client, output }) => {
        const found = await client.listAlerts()
        output.answer(found, () =>
          found.length === 0
            ? 'Nothing is wrong.'
            : table(
                ['sync', 'alert', 'since', 'message'],
                found.map(({ sync, kind, since, message }) => [sync, kind, since, message]),
              ),
        )
        return undefined
      })
    })
  example(alerts, 'muster alerts --json')

  const notifiers = program.command('notifiers').description('who is told of alerts, and how')
  const list = notifiers
    .command('list')
    .description('all notifiers')
    .action(async () => {
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listNotifiers()
        output.answer(found, () =>
          table(
            ['name', 'type'],
            found.map(({ name, type }) => [name, type]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster notifiers list')

  const test = notifiers
    .command('test <name>')
    .description('tell a notice that says it is a test')
    .action(async (name: string) => {
      await withConnection(test, async ({ client, output }) => {
        const answer = await client.testNotifier({ params: { name } })
        output.answer(answer, () => answer.message)
        return answer.ok ? undefined : exitCodes.failed
      })
    })
  example(test, 'muster notifiers test ops')
}
