import { Stack, Text } from '@mantine/core'
import type { RunSummary, SyncSummary } from '@muster/core/api/sync.ts'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import styles from './sync-mending.module.css'

const mendings = ['reconcile', 'full_resync', 'reset', 'forget'] as const
type Mending = (typeof mendings)[number]

/** What to do when a cohort is not what it should be: each says what it does, and asks before it does it. */
export function SyncMending({ sync }: { readonly sync: SyncSummary }) {
  return (
    <Stack gap="sm">
      {mendings.map((mending) => (
        <OneMending key={mending} sync={sync} mending={mending} />
      ))}
    </Stack>
  )
}

interface OneMendingProps {
  readonly sync: SyncSummary
  readonly mending: Mending
}

function OneMending({ sync: { name, accepted }, mending }: OneMendingProps) {
  const { text, number } = useLocale()
  const navigate = useNavigate()
  const words = text.mend[mending]
  const show = async (begun: Promise<RunSummary>): Promise<void> => {
    await navigate({ to: '/runs/$id', params: { id: (await begun).id } })
  }
  const begin = (plan_only: boolean): Promise<unknown> => {
    const params = { name }
    switch (mending) {
      case 'reconcile':
        return show(api.reconcileSync({ params, body: { plan_only } }))
      case 'full_resync':
        return show(api.resyncSync({ params, body: { plan_only } }))
      case 'reset':
        return show(api.resetSync({ params }))
      case 'forget':
        return api.forgetSync({ params })
    }
  }
  const sends = mending === 'reconcile' || mending === 'full_resync'
  return (
    <div className={styles.mending}>
      <Text size="sm" className={styles.what}>
        {words.what}
      </Text>
      <ConfirmButton
        label={words.label}
        title={words.title}
        variant="default"
        size="xs"
        answer={sends ? text.mend.run : words.label}
        {...(sends ? {} : { color: 'red' })}
        act={() => begin(false)}
        {...(sends ? { instead: { label: text.runAct.planFirst, act: () => begin(true) } } : {})}
      >
        <Stack gap="xs">
          <Text size="sm">{words.what}</Text>
          <Text size="sm" fw={600}>
            {words.follows}
          </Text>
          {accepted === null ? null : (
            <Text size="sm">{text.mend.accepted(`${number(accepted)} ${text.run.membersOfRows}`)}</Text>
          )}
          {sends ? (
            <Text size="sm" c="dimmed">
              {text.runAct.planFirstHint}
            </Text>
          ) : null}
        </Stack>
      </ConfirmButton>
    </div>
  )
}
