import { Button, Group, Stack, Text } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { isSettled } from '@muster/core/sync/run.ts'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { BreachList } from './breach-list.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { wasTried } from './run-words.ts'
import { TryFirst } from './try-first.tsx'

interface RunActionsProps {
  readonly run: RunSummary
}

/** What may be done with a run as it stands: apply or hold what is planned, release what is held, end it, take it back. */
export function RunActions({ run }: RunActionsProps) {
  const waits = run.status === 'planned' || run.status === 'held'
  return (
    <Group gap="xs">
      {run.status === 'planned' && run.plan?.verdict === 'apply' ? <ApplyOrHold run={run} /> : null}
      {run.status === 'held' ? <Release run={run} /> : null}
      {waits || !isSettled(run.status) ? <Cancel run={run} /> : null}
      {canBeUndone(run) ? <Undo run={run} /> : null}
    </Group>
  )
}

/** The server knows the rest of it: whether the sync still keeps that cohort, and what is known of it. */
function canBeUndone({ status, kind, delivery }: RunSummary): boolean {
  const ended = status === 'done' || status === 'incomplete' || status === 'stopped' || status === 'cancelled'
  return ended && kind !== 'reset' && delivery.accepted > 0
}

function ApplyOrHold({ run }: RunActionsProps) {
  const { text } = useLocale()
  const params = { id: run.id }
  const applying = useMutation({ mutationFn: () => api.applyRun({ params, body: { release: false } }) })
  const holding = useMutation({ mutationFn: () => api.holdRun({ params }) })
  const failed = applying.error ?? holding.error
  return (
    <>
      {failed === null ? null : <ErrorNotice error={failed} />}
      <Button loading={applying.isPending} onClick={() => applying.mutate()}>
        {text.runAct.apply}
      </Button>
      <TryFirst run={run} />
      <Button variant="default" loading={holding.isPending} onClick={() => holding.mutate()}>
        {text.runAct.hold}
      </Button>
    </>
  )
}

function Release({ run }: RunActionsProps) {
  const { text, number } = useLocale()
  const { id, plan, delivery } = run
  if (plan === null) return null
  const what = wasTried(run)
    ? text.runAct.goOnBody(number(delivery.accepted), number(delivery.pending))
    : text.runAct.applyBody(number(plan.added), number(plan.removed), text.count.requests(plan.requests))
  return (
    <ConfirmButton
      label={text.runAct.release}
      title={text.runAct.releaseTitle}
      color="orange"
      act={() => api.applyRun({ params: { id }, body: { release: true } })}
    >
      {plan.breaches.length === 0 || wasTried(run) ? null : (
        <>
          <Text size="sm">{text.runAct.releaseBody}</Text>
          <BreachList breaches={plan.breaches} />
        </>
      )}
      <Text size="sm">{what}</Text>
    </ConfirmButton>
  )
}

function Cancel({ run }: RunActionsProps) {
  const { text } = useLocale()
  const { id } = run
  const hasSent = run.status === 'applying' || wasTried(run)
  return (
    <ConfirmButton
      label={text.runAct.cancel}
      title={text.runAct.cancelTitle}
      variant="default"
      color="red"
      act={() => api.cancelRun({ params: { id } })}
    >
      <Text size="sm">{hasSent ? text.runAct.cancelSending : text.runAct.cancelUnsent}</Text>
    </ConfirmButton>
  )
}

function Undo({ run: { id } }: RunActionsProps) {
  const { text } = useLocale()
  const navigate = useNavigate()
  const undo = async (plan_only: boolean): Promise<void> => {
    const begun = await api.undoRun({ params: { id }, body: { plan_only } })
    await navigate({ to: '/runs/$id', params: { id: begun.id } })
  }
  return (
    <ConfirmButton
      label={text.runAct.undo}
      title={text.runAct.undoTitle}
      variant="default"
      color="red"
      act={() => undo(false)}
      instead={{ label: text.runAct.planFirst, act: () => undo(true) }}
    >
      <Stack gap="xs">
        <Text size="sm">{text.runAct.undoBody}</Text>
        <Text size="sm" fw={600}>
          {text.runAct.undoPauses}
        </Text>
        <Text size="sm" c="dimmed">
          {text.runAct.planFirstHint}
        </Text>
      </Stack>
    </ConfirmButton>
  )
}
