import { Alert, Group, List, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { PlanSummary, RunSummary } from '@muster/core/api/sync.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Figures } from './figures.tsx'
import { LongText } from './long-text.tsx'
import { Moment } from './moment.tsx'
import { RunActions } from './run-actions.tsx'
import { RunRequests } from './run-requests.tsx'
import { ShareBar } from './share-bar.tsx'
import { StatusBadge } from './status-badge.tsx'

/** A run from its plan to its last request, whatever of it there is so far. */
export function RunView({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  return (
    <Stack gap="lg">
      <Group justify="space-between" gap="sm">
        <div aria-live="polite">
          <Group gap="sm">
            <StatusBadge status={run.status} />
            <Text>{run.message}</Text>
          </Group>
          {run.hint === null ? null : (
            <Text size="sm" c="dimmed">
              {run.hint}
            </Text>
          )}
          <Text size="sm" c="dimmed">
            {text.run.started} <Moment at={run.started_at} />
            {run.finished_at === null ? null : (
              <>
                {' · '}
                {text.run.finished} <Moment at={run.finished_at} />
              </>
            )}
          </Text>
        </div>
        <RunActions run={run} />
      </Group>
      {run.plan === null ? null : <PlanView plan={run.plan} />}
      {run.delivery.planned === 0 ? null : <DeliveryView run={run} />}
    </Stack>
  )
}

function PlanView({ plan }: { readonly plan: PlanSummary }) {
  const { text, number } = useLocale()
  const { rows } = plan
  return (
    <Stack gap="md">
      {plan.verdict === 'held' ? (
        <Alert
          color="yellow"
          variant="light"
          title={text.run.heldTitle}
          styles={{ title: { color: 'var(--mantine-color-text)' } }}
        >
          <List size="sm">
            {plan.breaches.map((breach) => (
              <List.Item key={breach.guard}>{breach.message}</List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      <Figures
        of={[
          { label: text.run.added, value: `+${number(plan.added)}` },
          { label: text.run.removed, value: `−${number(plan.removed)}` },
          { label: text.run.unchanged, value: number(plan.unchanged) },
          { label: text.run.requests, value: number(plan.requests) },
          ...(plan.reasserted === 0
            ? []
            : [
                {
                  label: text.run.reasserted,
                  value: number(plan.reasserted),
                  hint: text.run.reassertedHint,
                },
              ]),
        ]}
      />
      <div>
        <Title order={3} size="h5" mb={6}>
          {text.run.rows}
        </Title>
        <ShareBar
          whole={text.run.rowsSum(number(rows.read))}
          parts={[
            { label: text.run.membersOfRows, value: rows.members, color: 'teal.6' },
            { label: text.run.nullOfRows, value: rows.null, color: 'gray.5' },
            { label: text.run.invalidOfRows, value: rows.invalid, color: 'red.6' },
            { label: text.run.duplicateOfRows, value: rows.duplicate, color: 'yellow.6' },
          ]}
        />
      </div>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Samples title={text.run.samplesAdded} of={plan.samples.added} />
        <Samples title={text.run.samplesRemoved} of={plan.samples.removed} />
      </SimpleGrid>
    </Stack>
  )
}

interface SamplesProps {
  readonly title: string
  readonly of: PlanSummary['samples']['added']
}

function Samples({ title, of: samples }: SamplesProps) {
  const { text } = useLocale()
  if (samples.length === 0) return null
  return (
    <div>
      <Title order={3} size="h5">
        {title}
      </Title>
      <DataTable
        label={title}
        rows={samples}
        keyOf={(sample) => formatIdentifier(sample.identifier)}
        minWidth={280}
        columns={[
          {
            head: text.column.identifier,
            cell: (sample) => <LongText of={formatIdentifier(sample.identifier)} />,
          },
          { head: text.column.rowKey, cell: (sample) => <LongText of={sample.row_key} /> },
        ]}
      />
    </div>
  )
}

function DeliveryView({ run }: { readonly run: RunSummary }) {
  const { text, number } = useLocale()
  const { delivery } = run
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        {text.run.delivery}
      </Title>
      <ShareBar
        whole={text.run.deliverySum(number(delivery.planned))}
        parts={[
          { label: text.run.accepted, value: delivery.accepted, color: 'teal.6' },
          { label: text.run.rejected, value: delivery.rejected, color: 'red.6' },
          { label: text.run.pending, value: delivery.pending, color: 'blue.5' },
        ]}
      />
      <RunRequests run={run} />
    </Stack>
  )
}
