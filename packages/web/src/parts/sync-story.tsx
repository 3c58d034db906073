import { Code, Stack, Text } from '@mantine/core'
import type { SyncStory } from '@muster/core/api/sync.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Facts } from './facts.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'

/** Where a person's identifiers came from and when they were sent, per sync. */
export function SyncStoryView({ stories }: { readonly stories: readonly SyncStory[] }) {
  const { text } = useLocale()
  if (stories.length === 0) return <Text c="dimmed">{text.why.noSync}</Text>
  return (
    <Stack gap="lg">
      {stories.map((story) => (
        <OneSync key={`${story.sync} ${formatIdentifier(story.identifier)}`} story={story} />
      ))}
    </Stack>
  )
}

function OneSync({ story }: { readonly story: SyncStory }) {
  const { text } = useLocale()
  return (
    <Stack gap="xs">
      <Facts
        of={[
          {
            label: text.column.sync,
            value: (
              <TextLink to="/syncs/$name" params={{ name: story.sync }}>
                {story.sync}
              </TextLink>
            ),
          },
          { label: text.column.model, value: <TextLink to="/models">{story.model}</TextLink> },
          { label: text.column.identifier, value: <Code>{formatIdentifier(story.identifier)}</Code> },
          { label: text.why.row, value: <RowNow story={story} /> },
          {
            label: text.column.destination,
            value: story.accepted ? text.why.accepted : text.why.notAccepted,
          },
        ]}
      />
      <Rejections of={story.rejected} />
      <Sendings sent={story.sent} />
    </Stack>
  )
}

function Rejections({ of: rejections }: { readonly of: SyncStory['rejected'] }) {
  const { text } = useLocale()
  const words = text.rejected
  return rejections.map((one) => (
    <Text key={one.operation} size="sm">
      {words.title}: {words.story[one.operation](one.tries)};{' '}
      {one.set_aside ? words.story.since(one.last_run) : words.story.again}. {words.reason}:{' '}
      <span lang="en">{one.reason}</span>
    </Text>
  ))
}

function RowNow({ story }: { readonly story: SyncStory }) {
  const { text } = useLocale()
  if (story.row === null) return <Text c="dimmed">{text.why.noRow}</Text>
  return Object.entries(story.row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
}

function Sendings({ sent }: Pick<SyncStory, 'sent'>) {
  const { text, number } = useLocale()
  if (sent.length === 0) return <Text c="dimmed">{text.why.neverSent}</Text>
  return (
    <DataTable
      label={text.why.sent}
      rows={sent}
      keyOf={(one) => `${one.run} ${one.batch} ${one.operation}`}
      columns={[
        { head: text.why.sent, cell: (one) => <Moment at={one.at} /> },
        { head: text.column.operation, cell: (one) => text.run.operation[one.operation] },
        { head: text.column.status, cell: (one) => text.run.requestStatus[one.status] },
        {
          head: text.run.batch,
          cell: (one) => (
            <TextLink to="/runs/$id" params={{ id: one.run }}>
              {text.why.batchOf(one.run, number(one.batch))}
            </TextLink>
          ),
        },
        { head: text.run.requestId, cell: (one) => one.request_id ?? '' },
      ]}
    />
  )
}
