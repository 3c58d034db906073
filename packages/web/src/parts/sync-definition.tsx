import { Code, List } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import { defaultGuards, type Guards } from '@muster/core/sync/guard.ts'
import type { IdentifierColumn } from '@muster/core/sync/identifier.ts'
import { nextRunAt } from '@muster/core/sync/schedule.ts'
import type { Text } from '../locales/en.ts'
import { type Locale, useLocale } from '../locales/locale.tsx'
import { AlertRulesView } from './alert-rules.tsx'
import { durationOf } from './duration-words.ts'
import { type Fact, Facts } from './facts.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'
import { Said } from './said.tsx'

/** A sync's definition in words. */
export function SyncDefinitionView({ sync }: { readonly sync: SyncSummary }) {
  const locale = useLocale()
  const { text } = locale
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
        { label: text.sync.mode, value: text.sync.modes[definition.mode] },
        { label: text.sync.cohortId, value: <Code>{cohort.cohort_id}</Code> },
        {
          label: text.column.destination,
          value: <TextLink to="/destinations">{definition.destination}</TextLink>,
        },
        {
          label: text.sync.runs,
          value: scheduleText(schedule, locale),
        },
        ...cronFacts(schedule, text),
        ...dbtFacts(sync, text),
        ...copyFacts(sync, text, locale.number),
        { label: text.sync.engine, value: text.sync.engines[definition.engine] },
        {
          label: text.sync.heldWhen,
          value: guardWords({ ...defaultGuards, ...definition.guards }, locale),
        },
        ...canaryFacts(definition, locale),
        ...rejectedFacts(definition, text),
        { label: text.sync.tells, value: <AlertRulesView rules={definition.alerts} /> },
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

function guardWords(guards: Guards, { text, number, percent, duration }: Locale): string {
  const say = text.sync.guard
  const share = (value: number): string => percent(value, 1)
  const words = [
    guards.max_removed === undefined ? null : say.max_removed(share(guards.max_removed)),
    guards.max_added === undefined ? null : say.max_added(share(guards.max_added)),
    guards.max_removed_count === undefined ? null : say.max_removed_count(number(guards.max_removed_count)),
    guards.max_added_count === undefined ? null : say.max_added_count(number(guards.max_added_count)),
    guards.max_deviation === undefined ? null : say.max_deviation(share(guards.max_deviation)),
    guards.max_age === undefined
      ? null
      : say.max_age(guards.max_age.column, durationOf(guards.max_age.than, duration)),
    guards.min_members === undefined ? null : say.min_members(number(guards.min_members)),
    guards.max_null_keys === undefined ? null : say.max_null_keys(share(guards.max_null_keys)),
    guards.max_invalid === undefined ? null : say.max_invalid(share(guards.max_invalid)),
    guards.holds === 'part' ? text.sync.heldInPart : null,
  ].filter((word) => word !== null)
  return words.join('; ')
}

function scheduleText(schedule: SyncSummary['definition']['schedule'], { text, duration }: Locale): string {
  if (schedule === 'manual') return text.sync.manually
  if ('every' in schedule) return text.sync.every(durationOf(schedule.every, duration))
  if ('after' in schedule) return text.sync.after(schedule.after)
  if ('dbt' in schedule) return text.sync.afterDbt(schedule.dbt.models?.join(', ') ?? null)
  return text.sync.cron(schedule.cron, schedule.time_zone ?? 'UTC')
}

const timesShown = 3

function canaryFacts({ canary }: SyncSummary['definition'], { text, number, percent }: Locale): Fact[] {
  if (!canary) return []
  const rule = text.canary.rule(number(canary.first), percent(canary.max_rejected, 1))
  const matched = canary.min_matched
  const value = matched === undefined ? rule : `${rule}, ${text.canary.ruleMatched(percent(matched, 1))}`
  return [{ label: text.sync.triesFirst, value }]
}

function rejectedFacts({ rejected }: SyncSummary['definition'], { rejected: words }: Text): Fact[] {
  return rejected ? [{ label: words.policy, value: words.policyOf(rejected.tries) }] : []
}

/** A pattern is read more easily by the times that it gives. */
function cronFacts(schedule: SyncSummary['definition']['schedule'], text: Text): Fact[] {
  if (schedule === 'manual' || !('cron' in schedule)) return []
  const times: number[] = []
  for (let at: number | null = Date.now(); at !== null && times.length < timesShown; ) {
    at = nextRunAt(schedule, at)
    if (at !== null) times.push(at)
  }
  const list = times.map((at) => (
    <List.Item key={at}>
      <Moment at={toIso(at)} />
    </List.Item>
  ))
  return [
    {
      label: text.sync.times,
      value: (
        <List size="sm" listStyleType="none" m={0}>
          {list}
        </List>
      ),
    },
  ]
}

function copyFacts({ ledger_copy: copy }: SyncSummary, text: Text, number: (n: number) => string): Fact[] {
  if (!copy) return []
  const value = copy.error ?? text.sync.copied(number(copy.copied), number(copy.waiting))
  return [{ label: text.sync.ledgerCopy, value }]
}

function dbtFacts({ dbt }: SyncSummary, text: Text): Fact[] {
  if (!dbt) return []
  const said = dbt.problem ?? dbt.job?.message
  return [{ label: text.sync.dbtJob, value: said === undefined ? text.sync.noDbtJob : <Said>{said}</Said> }]
}
