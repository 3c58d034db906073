import { Badge, Stack, Text } from '@mantine/core'
import type { CanarySummary } from '@muster/core/api/canary-summary.ts'
import type { Canary } from '@muster/core/sync/canary.ts'
import { useLocale } from '../locales/locale.tsx'
import { LimitBar } from './limit-bar.tsx'
import { SubTitle } from './sub-title.tsx'

type Step = CanarySummary['steps'][number]
const colors = { passed: 'teal', held: 'yellow', released: 'gray' } as const

/** The changes of a run that go alone: how many, and what was found of them against what is allowed. */
export function CanaryView({ canary: { rule, steps } }: { readonly canary: CanarySummary }) {
  const { text, number } = useLocale()
  return (
    <div>
      <SubTitle>{text.canary.title}</SubTitle>
      <Stack gap="sm">
        {steps.map((step) => (
          <div key={`${step.removed} ${step.added}`}>
            <Text size="sm" component="div">
              {text.canary.step(number(step.removed), number(step.added))}{' '}
              {step.check === null ? (
                text.canary.notYet
              ) : (
                <Badge color={colors[step.check.verdict]}>{text.canary.verdict[step.check.verdict]}</Badge>
              )}
            </Text>
            {step.check === null ? null : <Check rule={rule} check={step.check} />}
          </div>
        ))}
      </Stack>
    </div>
  )
}

function Check({ rule, check }: { readonly rule: Canary; readonly check: NonNullable<Step['check']> }) {
  const { text, number, percent } = useLocale()
  const { accepted, rejected, added, matched } = check
  const settled = accepted + rejected
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  const most = percent(rule.max_rejected, 1)
  return (
    <Stack gap={4} mt={4}>
      <Text size="sm">
        {text.canary.rejected(percent(rejected, settled), number(rejected), number(settled), most)}
      </Text>
      <LimitBar value={share(rejected, settled)} limit={rule.max_rejected} written={most} />
      {rule.min_matched === undefined ? null : (
        <Text size="sm">
          {matched === null
            ? text.canary.untold
            : text.canary.matched(number(matched), number(added), percent(rule.min_matched, 1))}
        </Text>
      )}
    </Stack>
  )
}
