import type { EngageStory, UserDetail } from '@muster/core/api/engage.ts'
import type { RejectedRow } from '@muster/core/api/rejected-routes.ts'
import { fetchStory, isUnknown } from '@muster/core/api/story.ts'
import type { SyncStory } from '@muster/core/api/sync.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import type { Command } from 'commander'
import colors from 'picocolors'
import { example, exitCodes, withConnection } from '../command.ts'
import { formatExplained } from '../explained.ts'
import { userHelp } from './users.ts'

export function addWhy(program: Command): void {
  const why = program
    .command('why <user>')
    .description(`one person's whole way, from the warehouse row to the message. User: ${userHelp}`)
    .action(async (user: string) => {
      await withConnection(why, async ({ client, output }) => {
        const story = await fetchStory(client, user)
        const { sync, engage } = story
        if (engage === null && user.startsWith('braze:')) {
          throw invalid('unknown_user', `no user has the braze_id ${user.slice('braze:'.length)}`)
        }
        output.answer({ user, sync, engage }, () => formatStory(user, sync, engage))
        return isUnknown(story) ? exitCodes.failed : exitCodes.done
      })
    })
  example(why, 'muster why 4711', 'muster why alias:crm:C-12', 'muster why device:8f3a')
}

function formatStory(user: string, sync: readonly SyncStory[], engage: EngageStory | null): string {
  const heading = (text: string): string => `\n${colors.bold(text)}`
  const lines = [colors.bold(`Why ${user}?`)]
  lines.push(heading('Source → model → plan → delivery'))
  lines.push(...(sync.length === 0 ? ['  No sync has sent or holds this person.'] : sync.flatMap(syncLines)))
  if (!engage) {
    lines.push(heading('Engagement'), '  No profile has this identifier; cohort import never creates one.')
    return lines.join('\n')
  }
  lines.push(heading('Profile'), ...profileLines(engage.user))
  lines.push(heading('Match → cohort'), ...matchLines(engage))
  lines.push(heading('Segments'))
  for (const segment of engage.segments) {
    lines.push(`  ${segment.name}: ${segment.member ? 'in' : 'not in'}`, formatExplained(segment.why, '    '))
  }
  if (engage.segments.length === 0) lines.push('  There is no segment.')
  lines.push(heading('Campaigns, Canvases → messages'))
  for (const message of engage.messages) {
    const reason = message.reason === null ? '' : ` (${message.reason})`
    lines.push(
      `  ${message.at.slice(0, 19)}  ${message.source}  ${message.status}${reason}  ${message.subject ?? ''}`,
    )
  }
  if (engage.messages.length === 0) lines.push('  No message was sent.')
  return lines.join('\n')
}

function syncLines(story: SyncStory): string[] {
  const row = Object.entries(story.row ?? {})
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${value}`)
  return [
    `  sync ${story.sync} (model ${story.model} → destination ${story.destination}, cohort ${story.cohort_id})`,
    `    ${formatIdentifier(story.identifier)}: ${story.accepted ? 'accepted by the destination' : 'not held by the destination'}`,
    story.row_key === null
      ? '    no row stands for it'
      : `    row ${story.row_key}: ${row.length > 0 ? row.join(', ') : 'the model gives it no more'}`,
    ...story.rejected.map((one) => rejectedLine(story.sync, one)),
    ...story.sent.map(
      (sent) =>
        `    run ${sent.run} batch ${sent.batch}: ${sent.operation} ${sent.status}${sent.at ? ` at ${sent.at.slice(0, 19)}` : ''}${sent.request_id ? `, request ${sent.request_id}` : ''}`,
    ),
  ]
}

function rejectedLine(sync: string, { operation, tries, reason, set_aside, last_run }: RejectedRow): string {
  const what = operation === 'add' ? 'its addition' : 'its removal'
  const found = `${what} was rejected in ${tries === 1 ? '1 run' : `${tries} runs in a row`}, at last: ${reason}`
  const next = set_aside
    ? `set aside since run ${last_run}; try it again with: muster retry-rejected ${sync}`
    : 'the next run tries it again'
  return `    ${found}; ${next}`
}

function profileLines(user: UserDetail): string[] {
  const known = [
    `braze_id ${user.braze_id}`,
    user.external_id === null ? 'anonymous' : `external_id ${user.external_id}`,
    ...user.aliases.map((alias) => `alias ${alias.label}:${alias.name}`),
    ...user.devices.map((device) => `device ${device}`),
  ]
  return [`  ${known.join(', ')}`]
}

function matchLines(engage: EngageStory): string[] {
  const imports = engage.imports.map(
    (id) =>
      `  request ${id.import_id} at ${id.at.slice(0, 19)}: ${id.remove ? 'remove' : 'add'} ${id.kind} ${id.label === null ? '' : `${id.label}:`}${id.value} → ${id.fate.replaceAll('_', ' ')}`,
  )
  const memberships = engage.memberships.map(
    (cohort) =>
      `  in ${cohort.name} (${cohort.partner}) since ${cohort.joined_at.slice(0, 19)}, by request ${cohort.import_id}`,
  )
  return imports.length + memberships.length === 0
    ? ['  No import has named this person.']
    : [...imports, ...(memberships.length > 0 ? memberships : ['  In no cohort.'])]
}
