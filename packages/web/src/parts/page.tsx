import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

interface PageProps {
  readonly title: string
  /** Link to the list that this page is one of. */
  readonly parent?: ReactNode
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: its title, which is also the window's, what it is in a sentence, and what can be done. */
export function Page({ title, parent, intro, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Muster`
  }, [title])
  return (
    <Stack gap="lg">
      <header>
        {parent === undefined ? null : <Text size="sm">{parent}</Text>}
        <Group justify="space-between" align="center" gap="sm">
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
        </Group>
        {intro === undefined ? null : (
          <Text c="dimmed" mt={4} maw={680}>
            {intro}
          </Text>
        )}
      </header>
      {children}
    </Stack>
  )
}
