import { Stack, Text, Timeline, Title } from '@mantine/core'
import type { EngageStory } from '@muster/core/api/engage.ts'
import type { Story } from '@muster/core/api/story.ts'
import type { ReactNode } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { ExplainedTree } from './explained-tree.tsx'
import { Facts } from './facts.tsx'
import { importedIdText } from './fates.tsx'
import { TextLink } from './links.tsx'
import { LongText } from './long-text.tsx'
import { MessageView } from './message-view.tsx'
import { Moment } from './moment.tsx'
import { Said } from './said.tsx'
import { SendBadge } from './send-counts.tsx'
import { SyncStoryView } from './sync-story.tsx'
import { displayName } from './user-name.tsx'

/** One person's way, station by station, in the order of the way. */
export function StoryView({ story }: { readonly story: Story }) {
  const { text } = useLocale()
  const { sync, engage } = story
  const title = (words: string): ReactNode => (
    <Title order={2} mb={4}>
      {words}
    </Title>
  )
  return (
    <Timeline bulletSize={18} lineWidth={2} active={99}>
      <Timeline.Item title={title(text.why.source)}>
        <SyncStoryView stories={sync} />
      </Timeline.Item>
      {engage === null ? (
        <Timeline.Item title={title(text.why.person)}>
          <Text c="dimmed">{text.why.noProfile}</Text>
        </Timeline.Item>
      ) : (
        [
          <Timeline.Item key="imports" title={title(text.why.imports)}>
            <Imports imports={engage.imports} />
          </Timeline.Item>,
          <Timeline.Item key="person" title={title(text.why.person)}>
            <Person user={engage.user} />
          </Timeline.Item>,
          <Timeline.Item key="cohorts" title={title(text.why.memberships)}>
            <Memberships memberships={engage.memberships} />
          </Timeline.Item>,
          <Timeline.Item key="segments" title={title(text.why.segments)}>
            <Segments segments={engage.segments} />
          </Timeline.Item>,
          <Timeline.Item key="messages" title={title(text.why.messages)}>
            <Messages messages={engage.messages} />
          </Timeline.Item>,
        ]
      )}
    </Timeline>
  )
}

function Person({ user }: Pick<EngageStory, 'user'>) {
  const { text } = useLocale()
  const list = (parts: readonly string[]): string => (parts.length === 0 ? text.act.none : parts.join(', '))
  return (
    <Facts
      of={[
        { label: text.column.user, value: <strong>{displayName(user)}</strong> },
        { label: 'braze_id', value: user.braze_id },
        { label: text.why.aliases, value: list(user.aliases.map(({ label, name }) => `${label}:${name}`)) },
        { label: text.why.devices, value: list(user.devices) },
        { label: text.why.fields, value: list(Object.entries(user.fields).map(([k, v]) => `${k} = ${v}`)) },
        {
          label: text.why.attributes,
          value: list(Object.entries(user.custom_attributes).map(([k, v]) => `${k} = ${JSON.stringify(v)}`)),
        },
      ]}
    />
  )
}

function Imports({ imports }: Pick<EngageStory, 'imports'>) {
  const { text } = useLocale()
  if (imports.length === 0) return <Text c="dimmed">{text.why.noImports}</Text>
  return (
    <DataTable
      label={text.why.imports}
      rows={imports}
      keyOf={(one) => `${one.import_id} ${importedIdText(one)}`}
      columns={[
        { head: text.column.when, cell: (one) => <Moment at={one.at} /> },
        { head: text.column.identifier, cell: (one) => <LongText of={importedIdText(one)} /> },
        { head: text.column.operation, cell: (one) => text.run.operation[one.remove ? 'remove' : 'add'] },
        { head: text.column.fate, cell: (one) => text.fate[one.fate] },
        { head: text.cohort.importId, cell: (one) => one.import_id },
      ]}
    />
  )
}

function Memberships({ memberships }: Pick<EngageStory, 'memberships'>) {
  const { text } = useLocale()
  if (memberships.length === 0) return <Text c="dimmed">{text.why.noMemberships}</Text>
  return (
    <DataTable
      label={text.why.memberships}
      rows={memberships}
      keyOf={(one) => `${one.partner} ${one.cohort_id}`}
      columns={[
        {
          head: text.column.cohort,
          cell: (one) => (
            <TextLink
              to="/cohorts/$partner/$cohortId"
              params={{ partner: one.partner, cohortId: one.cohort_id }}
              search={{ import: one.import_id }}
            >
              {one.name}
            </TextLink>
          ),
        },
        { head: text.why.joined, cell: (one) => <Moment at={one.joined_at} /> },
        {
          head: text.why.matchedBy,
          cell: (one) => (one.matched_by === null ? '' : importedIdText(one.matched_by)),
        },
      ]}
    />
  )
}

function Segments({ segments }: Pick<EngageStory, 'segments'>) {
  const { text } = useLocale()
  if (segments.length === 0) return <Text c="dimmed">{text.why.noSegments}</Text>
  return (
    <Stack gap="sm">
      {segments.map((segment) => (
        <div key={segment.name}>
          <TextLink to="/segments/$name" params={{ name: segment.name }}>
            {segment.name}
          </TextLink>
          <ExplainedTree of={segment.why} />
        </div>
      ))}
    </Stack>
  )
}

function Messages({ messages }: Pick<EngageStory, 'messages'>) {
  const { text } = useLocale()
  if (messages.length === 0) return <Text c="dimmed">{text.why.noMessages}</Text>
  return (
    <Stack gap="md">
      {messages.map((message) => (
        <Stack key={message.id} gap={6} maw={640}>
          <Text size="sm" component="div">
            <SendBadge status={message.status} /> {message.source} · <Moment at={message.at} />
            {message.reason === null ? null : (
              <>
                {' · '}
                <Said>{message.reason}</Said>
              </>
            )}
          </Text>
          {message.body === null ? null : <MessageView subject={message.subject ?? ''} body={message.body} />}
        </Stack>
      ))}
    </Stack>
  )
}
