import { Button, Group } from '@mantine/core'
import { useLocale } from '../locales/locale.tsx'

interface PagerProps {
  readonly isFirst: boolean
  readonly hasNext: boolean
  readonly onFirst: () => void
  readonly onNext: () => void
}

/** Forward page by page, and back to the first; nothing where there is one page only. */
export function Pager({ isFirst, hasNext, onFirst, onNext }: PagerProps) {
  const { text } = useLocale()
  if (isFirst && !hasNext) return null
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" disabled={isFirst} onClick={onFirst}>
        {text.changes.first}
      </Button>
      <Button size="xs" variant="default" disabled={!hasNext} onClick={onNext}>
        {text.changes.next}
      </Button>
    </Group>
  )
}
