import { Button, Group, Paper, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { Empty } from '../parts/empty.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { fetchKnownStory } from '../parts/story.ts'
import { StoryView } from '../parts/story-view.tsx'

export function WhyPage() {
  const { text } = useLocale()
  const { user } = useSearch({ from: '/why' })
  return (
    <Page title={text.nav.why} intro={text.why.intro}>
      <AskWhy key={user} user={user ?? ''} />
      {user === undefined ? (
        <Empty title={text.why.start} hint={text.why.startHint} command="npx muster why 4711" />
      ) : (
        <Answer user={user} />
      )}
    </Page>
  )
}

function AskWhy({ user }: { readonly user: string }) {
  const { text } = useLocale()
  const navigate = useNavigate({ from: '/why' })
  const [wanted, setWanted] = useState(user)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const asked = wanted.trim()
        void navigate({ search: asked === '' ? {} : { user: asked } })
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label={text.why.user}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          style={{ flex: '1 1 240px', maxWidth: 460 }}
        />
        <Button type="submit">{text.why.ask}</Button>
      </Group>
    </form>
  )
}

function Answer({ user }: { readonly user: string }) {
  const story = useQuery({ queryKey: ['story', user], queryFn: () => fetchKnownStory(user) })
  return (
    <Loaded of={story}>
      {(found) => (
        <Paper withBorder p="lg">
          <StoryView story={found} />
        </Paper>
      )}
    </Loaded>
  )
}
