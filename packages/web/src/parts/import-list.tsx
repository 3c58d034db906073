import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { type Fate, fates } from '@muster/core/engage/membership.ts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { FateBar, importedIdText } from './fates.tsx'
import { TextLink } from './links.tsx'
import { Loaded } from './loaded.tsx'
import { LongText } from './long-text.tsx'
import { Moment } from './moment.tsx'
import { Panel } from './panel.tsx'

interface ImportListProps {
  readonly partner: string
  readonly cohortId: string
  /** The import whose ids are shown. */
  readonly openId: string | null
}

/** A cohort's newest imports; one of them opens to the fate of each of its ids. */
export function ImportList({ partner, cohortId, openId }: ImportListProps) {
  const { text, number } = useLocale()
  const imports = useQuery({
    queryKey: ['imports', partner, cohortId],
    queryFn: () => api.listImports({ query: { partner, cohort_id: cohortId, status: 201, limit: 20 } }),
    refetchInterval: pollMs.live,
  })
  return (
    <>
      {openId === null ? null : <ImportFates id={openId} />}
      <Panel title={text.cohort.newest}>
        <Loaded of={imports}>
          {(list) => (
            <DataTable
              label={text.cohort.newest}
              rows={list}
              keyOf={(one) => one.id}
              minWidth={720}
              columns={[
                {
                  head: text.column.when,
                  cell: (one) => (
                    <TextLink
                      to="/cohorts/$partner/$cohortId"
                      params={{ partner, cohortId }}
                      search={{ import: one.id }}
                      resetScroll={false}
                    >
                      <Moment at={one.at} />
                    </TextLink>
                  ),
                },
                { head: text.column.ids, cell: (one) => number(one.counts.ids), figure: true },
                ...fates.map((fate) => ({
                  head: text.fate[fate],
                  cell: (one: (typeof list)[number]) => number(one.counts[fate]),
                  figure: true,
                })),
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </>
  )
}

const firstShown = 20

function ImportFates({ id }: { readonly id: string }) {
  const { text, number } = useLocale()
  const [only, setOnly] = useState<Fate | 'all'>('all')
  const [all, setAll] = useState(false)
  const found = useQuery({ queryKey: ['import', id], queryFn: () => api.getImport({ params: { id } }) })
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // The list that was clicked stands below: the eye, the keyboard and the screen reader go to what opened.
    if (id !== '') place.current?.focus()
  }, [id])
  return (
    <div ref={place} tabIndex={-1} style={{ outline: 'none', scrollMarginTop: 72 }}>
      <Panel title={text.cohort.importOf(id)}>
        <Loaded of={found}>
          {({ counts, fates: ids }) => {
            const chosen = ids.filter((one) => only === 'all' || one.fate === only)
            const shown = all ? chosen : chosen.slice(0, firstShown)
            const present = fates.filter((fate) => counts[fate] > 0)
            return (
              <Stack gap="sm">
                <FateBar whole={`${text.count.ids(counts.ids)} =`} counts={counts} />
                <SegmentedControl
                  size="xs"
                  aria-label={text.column.fate}
                  value={only}
                  onChange={setOnly}
                  data={[
                    { value: 'all', label: text.cohort.allFates },
                    ...present.map((fate) => ({ value: fate, label: text.fate[fate] })),
                  ]}
                  style={{ alignSelf: 'flex-start', maxWidth: '100%', overflowX: 'auto' }}
                />
                {shown.length === 0 ? <Text c="dimmed">{text.cohort.noIds}</Text> : null}
                <DataTable
                  label={text.cohort.importOf(id)}
                  rows={shown.map((one, index) => ({ ...one, index }))}
                  keyOf={(one) => one.index}
                  columns={[
                    {
                      head: text.column.identifier,
                      cell: (one) => (
                        <TextLink to="/why" search={{ user: importedIdText(one) }}>
                          <LongText of={importedIdText(one)} />
                        </TextLink>
                      ),
                    },
                    {
                      head: text.column.operation,
                      cell: (one) => text.run.operation[one.remove ? 'remove' : 'add'],
                    },
                    { head: text.column.fate, cell: (one) => text.fate[one.fate] },
                  ]}
                />
                {shown.length === chosen.length ? null : (
                  <Group>
                    <Button size="xs" variant="default" onClick={() => setAll(true)}>
                      {text.act.showAll(chosen.length)}
                    </Button>
                    <Text size="sm" c="dimmed">
                      {number(shown.length)} / {number(chosen.length)}
                    </Text>
                  </Group>
                )}
              </Stack>
            )
          }}
        </Loaded>
      </Panel>
    </div>
  )
}
