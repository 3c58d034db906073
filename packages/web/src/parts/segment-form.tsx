import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { SegmentSummary } from '@muster/core/api/engage.ts'
import { conflict, invalid } from '@muster/core/lib/error.ts'
import { Slug } from '@muster/core/lib/slug.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { Empty } from './empty.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { Loaded } from './loaded.tsx'
import { SegmentBuilder } from './segment-builder.tsx'
import { type DraftGroup, draftOf, filterOf, newGroup } from './segment-draft.ts'

interface SegmentFormProps {
  /** The segment to change; null makes a new one. */
  readonly segment: SegmentSummary | null
  readonly onSaved: (name: string) => void
  readonly onCancel: () => void
}

/** Makes or changes a segment. A name that exists is never overwritten by a new one. */
export function SegmentForm({ segment, onSaved, onCancel }: SegmentFormProps) {
  const { text } = useLocale()
  const [name, setName] = useState(segment?.name ?? '')
  const [draft, setDraft] = useState<DraftGroup>(() => (segment ? draftOf(segment.filter) : newGroup(0)))
  const cohorts = useQuery({ queryKey: ['cohorts'], queryFn: () => api.listCohorts() })
  const saving = useMutation({
    mutationFn: async () => {
      const filter = filterOf(draft)
      if (!Slug.safeParse(name).success) throw invalid('bad_name', text.builder.badName)
      if (filter === null) throw invalid('incomplete', text.builder.incomplete)
      if (segment === null && (await api.listSegments()).some((known) => known.name === name)) {
        throw conflict('name_taken', text.builder.taken)
      }
      return api.putSegment({ params: { name }, body: { filter } })
    },
    onSuccess: (saved) => onSaved(saved.name),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    saving.mutate()
  }
  return (
    <form onSubmit={submit} aria-label={text.segments.create}>
      <Stack>
        {segment === null ? (
          <TextInput
            label={text.builder.name}
            description={text.builder.nameHint}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maw={360}
            required
          />
        ) : null}
        <Loaded of={cohorts}>
          {(list) => (
            <>
              {list.length === 0 ? <Empty title={text.cohorts.empty} hint={text.cohorts.emptyHint} /> : null}
              <SegmentBuilder draft={draft} cohorts={list} onChange={setDraft} />
            </>
          )}
        </Loaded>
        {saving.isError ? <ErrorNotice error={saving.error} /> : null}
        <Group>
          <Button type="submit" loading={saving.isPending}>
            {text.builder.save}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {text.act.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
