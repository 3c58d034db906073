import { Button, Text, Tooltip } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { useMutation } from '@tanstack/react-query'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { ErrorNotice } from './error-notice.tsx'

/** Plan, run, pause; of a sync at rest, take it up again. */
export function SyncActions({ sync: { name, paused_at } }: { readonly sync: SyncSummary }) {
  const { text } = useLocale()
  const params = { name }
  const planning = useMutation({ mutationFn: () => api.planSync({ params }) })
  const running = useMutation({ mutationFn: () => api.runSync({ params }) })
  const resuming = useMutation({ mutationFn: () => api.resumeSync({ params }) })
  const failed = planning.error ?? running.error ?? resuming.error
  if (paused_at !== null) {
    return (
      <>
        {failed === null ? null : <ErrorNotice error={failed} />}
        <Button loading={resuming.isPending} onClick={() => resuming.mutate()}>
          {text.sync.resume}
        </Button>
      </>
    )
  }
  return (
    <>
      {failed === null ? null : <ErrorNotice error={failed} />}
      <ConfirmButton
        label={text.sync.pause}
        title={text.sync.pauseTitle}
        variant="default"
        act={() => api.pauseSync({ params })}
      >
        <Text size="sm">{text.sync.pauseBody}</Text>
      </ConfirmButton>
      <Tooltip label={text.sync.planHint}>
        <Button variant="default" loading={planning.isPending} onClick={() => planning.mutate()}>
          {text.sync.planNow}
        </Button>
      </Tooltip>
      <Tooltip label={text.sync.runHint}>
        <Button loading={running.isPending} onClick={() => running.mutate()}>
          {text.sync.runNow}
        </Button>
      </Tooltip>
    </>
  )
}
