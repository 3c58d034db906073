import { SimpleGrid, Stack, Text } from '@mantine/core'
import type { PlanSummary, RunSummary } from '@muster/core/api/sync.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Figures } from './figures.tsx'
import { LongText } from './long-text.tsx'
import { Said } from './said.tsx'
import { ShareBar } from './share-bar.tsx'
import { SubTitle } from './sub-title.tsx'

interface PlanViewProps {
  readonly run: Pick<RunSummary, 'kind'>
  readonly plan: PlanSummary
}

/** What a plan sends and what it costs, where each row of the model went, and some of the people. */
export function PlanView({ run, plan }: PlanViewProps) {
  const { text, number, duration } = useLocale()
  const costs =
    plan.seconds === undefined || plan.requests === 0
      ? {}
      : { hint: text.run.willTake(duration(Math.max(1, plan.seconds) * 1_000)) }
  return (
    <Stack gap="md">
      <PlanNote plan={plan} />
      <Figures
        of={[
          { label: text.run.added, value: `+${number(plan.added)}` },
          { label: text.run.removed, value: `−${number(plan.removed)}` },
          { label: text.run.unchanged, value: number(plan.unchanged) },
          { label: text.run.requests, value: number(plan.requests), ...costs },
          ...(plan.reasserted === 0
            ? []
            : [
                {
                  label: text.run.reasserted,
                  value: number(plan.reasserted),
                  hint: text.run.reassertedHint,
                },
              ]),
          ...(asideOf(plan) === 0
            ? []
            : [
                {
                  label: text.rejected.figure,
                  value: number(asideOf(plan)),
                  hint: [
                    text.rejected.figureHint,
                    ...(plan.set_aside.coupled === 0 ? [] : [text.rejected.coupled(plan.set_aside.coupled)]),
                  ].join('; '),
                },
              ]),
        ]}
      />
      {run.kind === 'undo' ? null : <RowsView plan={plan} />}
      <SamplesView
        samples={plan.samples}
        titles={{ added: text.run.samplesAdded, removed: text.run.samplesRemoved }}
      />
      {plan.parts === undefined ? null : <PartsView parts={plan.parts} />}
    </Stack>
  )
}

/** How many changes are not sent, since the destination rejects them again and again. */
function asideOf({ set_aside: { removed, added, coupled } }: PlanSummary): number {
  return removed + added + coupled
}

function PlanNote({ plan: { note, notes } }: Pick<PlanViewProps, 'plan'>) {
  const { text } = useLocale()
  if (notes !== undefined) return <Text size="sm">{notes.map((one) => text.run.note[one]).join(' ')}</Text>
  return note === undefined ? null : (
    <Text size="sm">
      <Said>{note}</Said>
    </Text>
  )
}

/** Two sums: rows into members, and members into those who are new and those who were accepted before. */
function RowsView({ plan }: Pick<PlanViewProps, 'plan'>) {
  const { text, number } = useLocale()
  const { rows, added, unchanged, reasserted, set_aside } = plan
  const fresh = added - reasserted
  // A sync that only takes people out knows no members of its cohort.
  const sumsUp = fresh >= 0 && fresh + unchanged + set_aside.added === rows.members
  return (
    <div>
      <SubTitle>{text.run.rows}</SubTitle>
      <Stack gap="sm">
        <ShareBar
          whole={text.run.rowsSum(number(rows.read))}
          parts={[
            { label: text.run.membersOfRows, value: rows.members, color: 'teal.6' },
            { label: text.run.nullOfRows, value: rows.null, color: 'gray.5' },
            { label: text.run.invalidOfRows, value: rows.invalid, color: 'red.6' },
            { label: text.run.duplicateOfRows, value: rows.duplicate, color: 'yellow.6' },
          ]}
        />
        {sumsUp && rows.members > 0 ? (
          <ShareBar
            whole={text.run.membersSum(number(rows.members))}
            parts={[
              { label: text.run.newMembers, value: fresh, color: 'indigo.5' },
              { label: text.run.againMembers, value: reasserted, color: 'cyan.6' },
              { label: text.run.unchangedMembers, value: unchanged - reasserted, color: 'gray.5' },
              ...(set_aside.added === 0
                ? []
                : [{ label: text.rejected.ofMembers, value: set_aside.added, color: 'orange.6' }]),
            ]}
          />
        ) : null}
      </Stack>
    </div>
  )
}

/** What goes though a guard is broken, and what waits for a person. */
function PartsView({ parts }: { readonly parts: NonNullable<PlanSummary['parts']> }) {
  const { text, number } = useLocale()
  const { going, waiting, waits, samples } = parts
  const changes = going.added + going.removed + waiting.added + waiting.removed
  return (
    <div>
      <SubTitle>{text.parts.title}</SubTitle>
      <Text size="sm" mb={6}>
        {text.parts.waits[waits]}
      </Text>
      <ShareBar
        whole={text.parts.sum(number(changes))}
        parts={[
          { label: text.parts.addedGo, value: going.added, color: 'teal.6' },
          { label: text.parts.removedGo, value: going.removed, color: 'cyan.6' },
          { label: text.parts.addedWait, value: waiting.added, color: 'yellow.6' },
          { label: text.parts.removedWait, value: waiting.removed, color: 'orange.6' },
        ]}
      />
      <SamplesView
        samples={samples}
        titles={{ added: text.parts.samplesAdded, removed: text.parts.samplesRemoved }}
      />
    </div>
  )
}

interface SamplesViewProps {
  readonly samples: PlanSummary['samples']
  readonly titles: { readonly added: string; readonly removed: string }
}

function SamplesView({ samples, titles }: SamplesViewProps) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Samples title={titles.added} of={samples.added} />
      <Samples title={titles.removed} of={samples.removed} />
    </SimpleGrid>
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
      <SubTitle>{title}</SubTitle>
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
