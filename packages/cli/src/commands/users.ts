import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { count } from '../output.ts'
import { addUserImports } from './user-import.ts'

/** How people write a user on the command line. */
export const userHelp = 'an external_id, alias:LABEL:NAME, device:ID or braze:ID'

export function addUsers(program: Command): void {
  const users = program.command('users').description('profiles of the engagement half')
  const tally = users
    .command('count')
    .description('how many there are')
    .action(async () => {
      await withConnection(tally, async ({ client, output }) => {
        const found = await client.countUsers()
        output.answer(
          found,
          () => `${count(found.users)} users, ${count(found.identified)} of them identified`,
        )
        return undefined
      })
    })
  example(tally, 'muster users count')

  const show = users
    .command('show <user>')
    .description(`one user: ${userHelp}`)
    .action(async (user: string) => {
      await withConnection(show, async ({ client, output }) => {
        const found = await client.getUser({ query: { user } })
        output.answer(found, () => {
          const lines = [
            `braze_id     ${found.braze_id}`,
            `external_id  ${found.external_id ?? '(anonymous)'}`,
            ...Object.entries(found.fields).map(([name, value]) => `${name.padEnd(12)} ${value}`),
            ...Object.entries(found.custom_attributes).map(
              ([name, value]) => `${name.padEnd(12)} ${JSON.stringify(value)}`,
            ),
            ...found.aliases.map((alias) => `alias        ${alias.label}: ${alias.name}`),
            ...found.devices.map((device) => `device       ${device}`),
            ...found.cohorts.map((cohort) => `cohort       ${cohort.name} (${cohort.partner})`),
          ]
          return lines.join('\n')
        })
        return undefined
      })
    })
  example(show, 'muster users show 4711')
  addUserImports(users)
}
