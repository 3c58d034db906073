import { Badge } from '@mantine/core'
import type { SendCounts as Counts } from '@muster/core/api/engage.ts'
import { useLocale } from '../locales/locale.tsx'
import { ShareBar } from './share-bar.tsx'

/** What became of the messages of a campaign or Canvas: reserved = pending + sent + failed + unknown. */
export function SendCounts({ of: counts }: { readonly of: Counts }) {
  const { text, number } = useLocale()
  const sum = counts.pending + counts.sent + counts.failed + counts.unknown
  return (
    <ShareBar
      whole={`${number(sum)} =`}
      parts={[
        { label: text.send.sent, value: counts.sent, color: 'teal.6' },
        { label: text.send.pending, value: counts.pending, color: 'blue.5' },
        { label: text.send.failed, value: counts.failed, color: 'red.6' },
        { label: text.send.unknown, value: counts.unknown, color: 'yellow.6' },
      ]}
    />
  )
}

const colors = { pending: 'blue', sent: 'teal', failed: 'red', unknown: 'yellow' } as const

/** What became of one message. */
export function SendBadge({ status }: { readonly status: keyof typeof colors }) {
  const { text } = useLocale()
  return <Badge color={colors[status]}>{text.send[status]}</Badge>
}
