import { Code, List } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { formatShare } from '@muster/core/lib/share.ts'
import { defaultGuards, type Guards } from '@muster/core/sync/guard.ts'
import type { IdentifierColumn } from '@muster/core/sync/identifier.ts'
import type { Text } from '../locales/en.ts'
import { useLocale } from '../locales/locale.tsx'
import { Facts } from './facts.tsx'
import { TextLink } from './links.tsx'

/** A sync's definition in words. */
export function SyncDefinitionView({ sync }: { readonly sync: SyncSummary }) {
  const { text, number } = useLocale()
  const { definition, cohort } = sync
  const { schedule } = definition
  return (
    <Facts
      of={[
        { label: text.sync.reads, value: <TextLink to="/models">{definition.model}</TextLink> },
        { label: text.sync.names, value: <IdentifierList columns={definition.identifiers} /> },
        {
          label: text.sync.keeps,
          value:
            'create' in definition.cohort
              ? text.syncs.newCohort(definition.cohort.create)
              : text.syncs.existingCohort(definition.cohort.existing),
        },
        { label: text.sync.cohortId, value: <Code>{cohort.cohort_id}</Code> },
        {
          label: text.column.destination,
          value: <TextLink to="/destinations">{definition.destination}</TextLink>,
        },
        {
          label: text.sync.runs,
          value: scheduleText(schedule, text),
        },
        ...dbtFacts(sync, text),
        {
          label: text.sync.heldWhen,
          value: guardWords({ ...defaultGuards, ...definition.guards }, text, number),
        },
      ]}
    />
  )
}

function IdentifierList({ columns }: { readonly columns: readonly IdentifierColumn[] }) {
  const { text } = useLocale()
  return (
    <List size="sm" listStyleType="none" m={0}>
      {columns.map((column, index) => (
        <List.Item key={JSON.stringify(column)}>
          {index === 0 ? '' : `${text.sync.orElse} `}
          {identifierWords(column, text)}
        </List.Item>
      ))}
    </List>
  )
}

function identifierWords(column: IdentifierColumn, text: Text): string {
  if ('external_id' in column) return text.sync.external_id(column.external_id)
  if ('device_id' in column) return text.sync.device_id(column.device_id)
  return text.sync.alias(column.alias.label, column.alias.name)
}

function guardWords(guards: Guards, text: Text, number: (n: number) => string): string {
  const say = text.sync.guard
  const words = [
    guards.max_removed === undefined ? null : say.max_removed(formatShare(guards.max_removed)),
    guards.max_added === undefined ? null : say.max_added(formatShare(guards.max_added)),
    guards.max_removed_count === undefined ? null : say.max_removed_count(number(guards.max_removed_count)),
    guards.max_added_count === undefined ? null : say.max_added_count(number(guards.max_added_count)),
    guards.max_deviation === undefined ? null : say.max_deviation(formatShare(guards.max_deviation)),
    guards.max_age === undefined ? null : say.max_age(guards.max_age.column, guards.max_age.than),
    guards.min_members === undefined ? null : say.min_members(number(guards.min_members)),
    guards.max_null_keys === undefined ? null : say.max_null_keys(formatShare(guards.max_null_keys)),
    guards.max_invalid === undefined ? null : say.max_invalid(formatShare(guards.max_invalid)),
  ].filter((word) => word !== null)
  return words.join('; ')
}

function scheduleText(schedule: SyncSummary['definition']['schedule'], text: Text): string {
  if (schedule === 'manual') return text.sync.manually
  if ('every' in schedule) return text.sync.every(schedule.every)
  if ('after' in schedule) return text.sync.after(schedule.after)
  if ('dbt' in schedule) return text.sync.afterDbt(schedule.dbt.models?.join(', ') ?? null)
  return text.sync.cron(schedule.cron, schedule.time_zone ?? 'UTC')
}

function dbtFacts({ dbt }: SyncSummary, text: Text): { label: string; value: string }[] {
  if (!dbt) return []
  return [{ label: text.sync.dbtJob, value: dbt.problem ?? dbt.job?.message ?? text.sync.noDbtJob }]
}
