import { Badge, Loader } from '@mantine/core'
import { isSettled, type RunStatus } from '@muster/core/sync/run.ts'
import { useLocale } from '../locales/locale.tsx'

const colors: Readonly<Record<RunStatus, string>> = {
  queued: 'gray',
  reading: 'blue',
  planned: 'indigo',
  held: 'yellow',
  applying: 'blue',
  done: 'teal',
  incomplete: 'orange',
  stopped: 'red',
  failed: 'red',
  superseded: 'gray',
  cancelled: 'gray',
}

/** Where a run stands, in a word; it turns while something happens to the run by itself. */
export function StatusBadge({ status }: { readonly status: RunStatus }) {
  const { text } = useLocale()
  const turning = isSettled(status) ? null : <Loader size={10} color="currentColor" aria-hidden />
  return (
    <Badge variant={status === 'held' ? 'filled' : 'light'} color={colors[status]} leftSection={turning}>
      {text.run.status[status]}
    </Badge>
  )
}
