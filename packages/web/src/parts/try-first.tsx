import { NumberInput, Stack, Text } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'

const usualFirst = 500
const mostFirst = 100_000

/** Applies a plan so that its first changes go alone, and the others when they are found good. */
export function TryFirst({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const [first, setFirst] = useState<string | number>(run.plan?.canary?.first ?? usualFirst)
  const isNumber = Number.isInteger(first) && Number(first) >= 1 && Number(first) <= mostFirst
  return (
    <ConfirmButton
      label={text.canary.tryFirst}
      title={text.canary.tryTitle}
      variant="default"
      act={async () => {
        if (!isNumber) throw invalid('bad_input', text.canary.range(mostFirst))
        await api.applyRun({ params: { id: run.id }, body: { release: false, canary: Number(first) } })
      }}
    >
      <Stack gap="xs">
        <Text size="sm">{text.canary.tryBody}</Text>
        <NumberInput
          label={text.canary.howMany}
          value={first}
          onChange={setFirst}
          min={1}
          max={mostFirst}
          allowDecimal={false}
          error={isNumber ? null : text.canary.range(mostFirst)}
        />
      </Stack>
    </ConfirmButton>
  )
}
