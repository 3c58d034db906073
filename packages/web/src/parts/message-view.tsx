import { Paper, Text } from '@mantine/core'
import { useLocale } from '../locales/locale.tsx'

interface MessageViewProps {
  readonly subject: string
  readonly body: string
}

/** A message or its template. The body is shown as text and never as HTML: it may hold what anybody wrote. */
export function MessageView({ subject, body }: MessageViewProps) {
  const { text } = useLocale()
  return (
    <Paper withBorder p="md" bg="var(--mantine-color-default-hover)">
      <Text fw={600} {...(subject === '' ? { c: 'dimmed' } : {})}>
        {subject === '' ? text.campaign.noSubject : subject}
      </Text>
      <Text mt={6} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {body}
      </Text>
    </Paper>
  )
}
