import { Button, Group, Loader, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'

/** Counts a segment exactly, when asked. */
export function SegmentSize({ name }: { readonly name: string }) {
  const { text, number } = useLocale()
  const counting = useMutation({ mutationFn: () => api.sizeSegment({ params: { name } }) })
  return (
    <Group gap="md">
      <Button variant="default" loading={counting.isPending} onClick={() => counting.mutate()}>
        {text.segment.computeSize}
      </Button>
      <div aria-live="polite">
        {counting.data === undefined ? null : (
          <Text>
            <Text span fw={650} fz={22}>
              {text.count.people(counting.data.size)}
            </Text>{' '}
            <Text span size="sm" c="dimmed">
              {text.segment.computed(number(Math.round(counting.data.ms)))}
            </Text>
          </Text>
        )}
      </div>
      {counting.isError ? <ErrorNotice error={counting.error} /> : null}
    </Group>
  )
}

interface AudienceProps {
  readonly segment: string
  readonly say: (people: string) => string
}

/** A sentence on who is in a segment at this moment: it is counted when it is shown, never remembered. */
export function AudienceSentence({ segment, say }: AudienceProps) {
  const { text } = useLocale()
  const size = useQuery({
    queryKey: ['size', segment],
    queryFn: () => api.sizeSegment({ params: { name: segment } }),
    gcTime: 0,
    staleTime: 0,
  })
  if (size.isError) return <ErrorNotice error={size.error} />
  if (size.isFetching || size.data === undefined) return <Loader size="sm" aria-label={text.app.loading} />
  return <Text size="sm">{say(text.count.people(size.data.size))}</Text>
}
