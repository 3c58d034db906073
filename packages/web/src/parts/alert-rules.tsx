import { List } from '@mantine/core'
import type { AlertRules } from '@muster/core/sync/alert.ts'
import { useLocale } from '../locales/locale.tsx'
import { durationOf } from './duration-words.ts'

/** Whom a sync tells of its troubles, and of which besides a failed or held run. */
export function AlertRulesView({ rules }: { readonly rules: AlertRules | undefined }) {
  const { text, percent, duration } = useLocale()
  if (rules === undefined) return text.sync.tellsNobody
  const say = text.sync.tellsOf
  const words = [
    text.sync.tellsTo(rules.to.join(', ')),
    ...(rules.max_rejected === undefined ? [] : [say.max_rejected(percent(rules.max_rejected, 1))]),
    ...(rules.max_duration === undefined ? [] : [say.max_duration(durationOf(rules.max_duration, duration))]),
    ...(rules.no_change_for === undefined
      ? []
      : [say.no_change_for(durationOf(rules.no_change_for, duration))]),
  ]
  return (
    <List size="sm" listStyleType="none" m={0}>
      {words.map((word) => (
        <List.Item key={word}>{word}</List.Item>
      ))}
    </List>
  )
}
