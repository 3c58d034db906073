import { Code, Paper, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLocale } from '../locales/locale.tsx'

interface EmptyProps {
  readonly title: string
  readonly hint: string
  readonly command?: string
  readonly children?: ReactNode
}

/** Nothing is here yet: what to do, and how on the command line. */
export function Empty({ title, hint, command, children }: EmptyProps) {
  const { text } = useLocale()
  return (
    <Paper withBorder p="xl" style={{ borderStyle: 'dashed' }}>
      <Stack gap="xs" align="center" ta="center">
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed" maw={520}>
          {hint}
        </Text>
        {command === undefined ? null : (
          <Text size="sm" c="dimmed">
            {text.act.orOnCli} <Code>{command}</Code>
          </Text>
        )}
        {children}
      </Stack>
    </Paper>
  )
}
