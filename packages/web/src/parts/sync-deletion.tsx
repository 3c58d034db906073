import { Alert, Stack, Text } from '@mantine/core'
import type { Deletion, LeftBehind, SyncDeletion } from '@muster/core/api/deletion-routes.ts'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { Said } from './said.tsx'
import styles from './sync-mending.module.css'

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The sync that was deleted right before this page. */
    deleted?: Deletion
  }
}

/** Deletes a sync: says what goes and who stays in the cohort, asks, and shows the other syncs. */
export function SyncDeletionView({ sync }: { readonly sync: SyncSummary }) {
  const { text } = useLocale()
  const navigate = useNavigate()
  const { name, definition, cohort, accepted, last_run } = sync
  const remove = async (): Promise<void> => {
    const deleted = await api.deleteSync({ params: { name } })
    await navigate({ to: '/syncs', state: { deleted } })
  }
  const { destination, mode } = definition
  const remedy = mode === 'mirror' ? text.deletion.remedy : text.deletion.remedyByMirror
  return (
    <div className={styles.mending}>
      <Text size="sm" className={styles.what}>
        {text.deletion.what}
      </Text>
      <ConfirmButton
        label={text.deletion.label}
        title={text.deletion.title(name)}
        variant="default"
        size="xs"
        color="red"
        act={remove}
      >
        <Stack gap="xs">
          <Text size="sm">
            {text.deletion.forgets.sync} {text.deletion.forGood}
          </Text>
          <Text size="sm" fw={600}>
            <Staying of={{ runs: last_run === null ? 0 : 1, destination, mode, cohort, accepted }} />
          </Text>
          {accepted === null || accepted === 0 || mode === 'remove_only' ? null : (
            <Text size="sm">{remedy}</Text>
          )}
        </Stack>
      </ConfirmButton>
    </div>
  )
}

/** Who is in the cohort and stays there. */
function Staying({ of }: { readonly of: Omit<SyncDeletion, 'left'> }) {
  const { text, number } = useLocale()
  const { runs, mode, accepted, destination, cohort } = of
  const cohortName = cohort.name ?? cohort.cohort_id
  if (runs === 0) return text.deletion.neverRan
  if (accepted === null) return text.deletion.staysUnknown(cohortName, destination)
  const members = `${number(accepted)} ${text.run.membersOfRows}`
  const says = mode === 'remove_only' ? text.deletion.staysOut : text.deletion.stays
  return says(members, cohortName, destination)
}

/** Of the sync that was deleted right before: who stays in its cohort, and what could not be taken away. */
export function DeletedNotice() {
  const { text } = useLocale()
  const { deleted } = useLocation({ select: ({ state }) => state })
  if (!deleted?.sync) return null
  return (
    <Alert color="teal" variant="light" role="status" title={text.deletion.done(deleted.name)}>
      <Stack gap="xs">
        <Text size="sm">
          <Staying of={deleted.sync} />
        </Text>
        {deleted.sync.left.map((left) => (
          <Left key={JSON.stringify(left)} of={left} />
        ))}
      </Stack>
    </Alert>
  )
}

function Left({ of: left }: { readonly of: LeftBehind }) {
  const { text } = useLocale()
  const what = (): string => {
    switch (left.what) {
      case 'tables':
        return text.deletion.leftTables(left.prefix, left.source)
      case 'files':
        return text.deletion.leftFiles
      default:
        return assertNever(left)
    }
  }
  return (
    <Text size="sm">
      {what()} <Said>{left.reason}</Said>
    </Text>
  )
}
