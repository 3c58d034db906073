import { Button, Group, NavLink, Paper, ScrollArea, Stack, Text, TextInput } from '@mantine/core'
import type { InboxMessage } from '@muster/core/api/engage.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { Empty } from '../parts/empty.tsx'
import { Facts } from '../parts/facts.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { MessageView } from '../parts/message-view.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { displayName, UserName } from '../parts/user-name.tsx'
import styles from './inbox.module.css'

const shown = 100

export function InboxPage() {
  const { text } = useLocale()
  const { user, source, message } = useSearch({ from: '/inbox' })
  const filtered = user !== undefined || source !== undefined
  const messages = useQuery({
    queryKey: ['inbox', user, source],
    queryFn: () =>
      api.listInbox({ query: { limit: shown, ...(user ? { user } : {}), ...(source ? { source } : {}) } }),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.inbox} intro={text.inbox.intro}>
      <InboxFilter key={`${user} ${source}`} user={user ?? ''} source={source ?? ''} />
      <Loaded of={messages}>
        {(list) =>
          list.length > 0 ? (
            <Messages list={list} openId={message ?? list[0]?.id ?? null} />
          ) : filtered ? (
            <Text c="dimmed">{text.inbox.noneFor}</Text>
          ) : (
            <Empty
              title={text.inbox.empty}
              hint={text.inbox.emptyHint}
              command="npx muster campaigns send come-back"
            />
          )
        }
      </Loaded>
    </Page>
  )
}

function InboxFilter({ user, source }: { readonly user: string; readonly source: string }) {
  const { text } = useLocale()
  const navigate = useNavigate({ from: '/inbox' })
  const [wanted, setWanted] = useState({ user, source })
  const filter = (): void => {
    const search = {
      ...(wanted.user.trim() === '' ? {} : { user: wanted.user.trim() }),
      ...(wanted.source.trim() === '' ? {} : { source: wanted.source.trim() }),
    }
    void navigate({ search })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        filter()
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label={text.inbox.filterUser}
          value={wanted.user}
          onChange={(event) => setWanted({ ...wanted, user: event.currentTarget.value })}
        />
        <TextInput
          label={text.inbox.filterSource}
          placeholder="campaign:come-back"
          value={wanted.source}
          onChange={(event) => setWanted({ ...wanted, source: event.currentTarget.value })}
        />
        <Button type="submit" variant="default">
          {text.inbox.filter}
        </Button>
        {user === '' && source === '' ? null : (
          <Button variant="subtle" onClick={() => void navigate({ search: {} })}>
            {text.inbox.clear}
          </Button>
        )}
      </Group>
    </form>
  )
}

interface MessagesProps {
  readonly list: readonly InboxMessage[]
  readonly openId: string | null
}

function Messages({ list, openId }: MessagesProps) {
  const { text, instant } = useLocale()
  const search = useSearch({ from: '/inbox' })
  const navigate = useNavigate({ from: '/inbox' })
  const open = list.find((message) => message.id === openId) ?? list[0]
  return (
    <div className={styles.inbox}>
      <Paper withBorder component="nav" aria-label={text.inbox.list}>
        <ScrollArea.Autosize mah={{ base: 260, sm: 560 }} viewportProps={{ tabIndex: 0 }}>
          {list.map((message) => (
            <NavLink
              key={message.id}
              component="button"
              active={message.id === open?.id}
              aria-current={message.id === open?.id}
              label={message.subject === '' ? text.campaign.noSubject : message.subject}
              description={`${displayName(message.to)} · ${instant(message.at)}`}
              onClick={() => void navigate({ search: { ...search, message: message.id } })}
            />
          ))}
        </ScrollArea.Autosize>
        {list.length < shown ? null : (
          <Text size="xs" c="dimmed" p="xs">
            {text.inbox.newest(shown)}
          </Text>
        )}
      </Paper>
      {open === undefined ? <Text c="dimmed">{text.inbox.select}</Text> : <OneMessage message={open} />}
    </div>
  )
}

function OneMessage({ message }: { readonly message: InboxMessage }) {
  const { text } = useLocale()
  return (
    <Stack component="article" gap="sm" aria-live="polite">
      <Facts
        of={[
          { label: text.column.to, value: <UserName user={message.to} /> },
          { label: text.inbox.filterSource, value: message.source },
          { label: text.column.when, value: <Moment at={message.at} /> },
        ]}
      />
      <MessageView subject={message.subject} body={message.body} />
    </Stack>
  )
}
