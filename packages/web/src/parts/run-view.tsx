import { Group, Stack } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import type { RunStatus } from '@muster/core/sync/run.ts'
import { useLocale } from '../locales/locale.tsx'
import { BreachList } from './breach-list.tsx'
import { CanaryView } from './canary-view.tsx'
import { PlanView } from './plan-view.tsx'
import { RunActions } from './run-actions.tsx'
import { RunVerdict } from './run-verdict.tsx'
import { wasTried } from './run-words.ts'
import { ShareBar } from './share-bar.tsx'
import { SubTitle } from './sub-title.tsx'

/** A run from its verdict to what became of it, whatever of it there is so far. */
export function RunView({ run }: { readonly run: RunSummary }) {
  const holds = run.status === 'held' && run.plan?.verdict === 'held'
  const held = holds || run.plan?.parts !== undefined ? (run.plan?.breaches ?? []) : []
  const wasSent = run.delivery.planned > 0 && (isSending(run.status) || wasTried(run))
  return (
    <Stack gap="lg">
      <Group justify="space-between" gap="sm" align="flex-start">
        <RunVerdict run={run} />
        <RunActions run={run} />
      </Group>
      {held.length === 0 ? null : <BreachList breaches={held} />}
      {run.canary === null ? null : <CanaryView canary={run.canary} />}
      {run.plan === null ? null : <PlanView run={run} plan={run.plan} />}
      {wasSent ? <DeliveryView delivery={run.delivery} /> : null}
    </Stack>
  )
}

/** A plan that waits or was set aside has sent nothing. */
function isSending(status: RunStatus): boolean {
  return status !== 'planned' && status !== 'held' && status !== 'superseded'
}

function DeliveryView({ delivery }: Pick<RunSummary, 'delivery'>) {
  const { text, number } = useLocale()
  return (
    <div>
      <SubTitle>{text.run.delivery}</SubTitle>
      <ShareBar
        whole={text.run.deliverySum(number(delivery.planned))}
        parts={[
          { label: text.run.accepted, value: delivery.accepted, color: 'teal.6' },
          { label: text.run.rejected, value: delivery.rejected, color: 'red.6' },
          { label: text.run.pending, value: delivery.pending, color: 'blue.5' },
        ]}
      />
    </div>
  )
}
