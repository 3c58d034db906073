import { Group, Switch, Text, TextInput } from '@mantine/core'
import type { CohortDetail } from '@muster/core/api/engage.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { z } from 'zod'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { ErrorNotice } from './error-notice.tsx'

/** What may be done with a cohort: another name, remembering unknown ids, its end. */
export function CohortActions({ cohort }: { readonly cohort: z.infer<typeof CohortDetail> }) {
  const { text } = useLocale()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState(cohort.name)
  const params = { partner: cohort.partner, cohort_id: cohort.cohort_id }
  const refresh = () => queries.invalidateQueries({ queryKey: ['cohort', cohort.partner, cohort.cohort_id] })
  const remembering = useMutation({
    mutationFn: (keeps_unknown: boolean) => api.changeCohort({ params, body: { keeps_unknown } }),
    onSettled: refresh,
  })
  return (
    <>
      <Group gap="sm" align="center">
        <ConfirmButton
          label={text.growth.rename}
          title={text.growth.renameTitle}
          variant="default"
          size="xs"
          act={async () => {
            await api.changeCohort({ params, body: { name } })
            await refresh()
          }}
        >
          <TextInput
            label={text.growth.newName}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </ConfirmButton>
        <ConfirmButton
          label={text.growth.delete}
          title={text.growth.deleteTitle}
          variant="default"
          color="red"
          size="xs"
          act={async () => {
            await api.deleteCohort({ params })
            await navigate({ to: '/cohorts' })
          }}
        >
          <Text size="sm">{text.growth.deleteBody}</Text>
        </ConfirmButton>
        <Switch
          label={text.growth.remember}
          description={text.growth.rememberHint}
          checked={cohort.keeps_unknown}
          disabled={remembering.isPending}
          onChange={(event) => remembering.mutate(event.currentTarget.checked)}
        />
      </Group>
      {remembering.isError ? <ErrorNotice error={remembering.error} /> : null}
    </>
  )
}
