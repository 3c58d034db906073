import { Group, Text } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useLocale } from '../locales/locale.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'
import { runWords } from './run-words.ts'
import { Said } from './said.tsx'
import { StatusBadge } from './status-badge.tsx'

/** How a run stands, in a sentence, and what to do. */
export function RunVerdict({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const { line, said, hint } = runWords(run, text)
  return (
    <div aria-live="polite">
      <Group gap="sm">
        <StatusBadge status={run.status} />
        <Text component="div">
          {line} {said === null ? null : <Said>{said}</Said>}
        </Text>
      </Group>
      {hint === null && run.status === 'failed' && run.hint !== null ? (
        <Text size="sm" c="dimmed">
          <Said>{run.hint}</Said>
        </Text>
      ) : null}
      {hint === null ? null : (
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      )}
      <Text size="sm" c="dimmed" component="div">
        {run.kind === 'sync' ? null : <RunKind run={run} />}
        {text.run.started} <Moment at={run.started_at} />
        {run.finished_at === null ? null : (
          <>
            {' · '}
            {text.run.finished} <Moment at={run.finished_at} />
          </>
        )}
      </Text>
    </div>
  )
}

function RunKind({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const { undoes } = run
  return (
    <>
      {undoes === null ? (
        text.run.kind[run.kind]
      ) : (
        <TextLink to="/runs/$id" params={{ id: undoes }}>
          {text.run.undoOf(undoes)}
        </TextLink>
      )}
      {' · '}
    </>
  )
}
