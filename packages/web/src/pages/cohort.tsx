import { Button, Code, Group, Text } from '@mantine/core'
import { partnerTitle } from '@muster/core/engage/segment.ts'
import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { CohortActions } from '../parts/cohort-actions.tsx'
import { CohortGrowth } from '../parts/cohort-growth.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { FateBar } from '../parts/fates.tsx'
import { ImportList } from '../parts/import-list.tsx'
import { ButtonLink, TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { UserName } from '../parts/user-name.tsx'

const route = '/cohorts/$partner/$cohortId'

export function CohortPage() {
  const { text, number } = useLocale()
  const { partner, cohortId } = useParams({ from: route })
  const { import: importId } = useSearch({ from: route })
  const params = { partner, cohort_id: cohortId }
  const cohort = useQuery({
    queryKey: ['cohort', partner, cohortId],
    queryFn: () => api.getCohort({ params }),
    refetchInterval: pollMs.live,
  })
  return (
    <Page
      title={cohort.data?.name ?? cohortId}
      parent={<TextLink to="/cohorts">{text.nav.cohorts}</TextLink>}
      actions={
        <ButtonLink to="/segments" search={{ create: 'yes' }} variant="default">
          {text.cohort.useIt}
        </ButtonLink>
      }
    >
      <Loaded of={cohort}>
        {(found) => (
          <>
            <Facts
              of={[
                { label: text.column.members, value: <strong>{number(found.members)}</strong> },
                {
                  label: text.column.partner,
                  value: (
                    <TextLink to="/partners/$slug" params={{ slug: partner }}>
                      {partnerTitle(partner)}
                    </TextLink>
                  ),
                },
                { label: text.cohort.id, value: <Code>{found.cohort_id}</Code> },
                { label: text.cohort.usedBy, value: <UsedBy segments={found.used_by} /> },
              ]}
            />
            <CohortActions cohort={found} />
            <Panel title={text.cohort.imports}>
              <FateBar
                whole={text.cohort.importsSum(
                  text.count.ids(found.imports.ids),
                  text.count.requests(found.imports.requests),
                )}
                counts={found.imports}
              />
            </Panel>
            <Members partner={partner} cohortId={cohortId} />
            <CohortGrowth partner={partner} cohortId={cohortId} />
            <ImportList partner={partner} cohortId={cohortId} openId={importId ?? null} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function UsedBy({ segments }: { readonly segments: readonly { readonly segment: string }[] }) {
  const { text } = useLocale()
  if (segments.length === 0) return text.cohort.notUsed
  return (
    <Group gap="xs">
      {segments.map(({ segment }) => (
        <TextLink key={segment} to="/segments/$name" params={{ name: segment }}>
          {segment}
        </TextLink>
      ))}
    </Group>
  )
}

const pageSize = 10

function Members({ partner, cohortId }: { readonly partner: string; readonly cohortId: string }) {
  const { text } = useLocale()
  const [after, setAfter] = useState<string | null>(null)
  const members = useQuery({
    queryKey: ['members', partner, cohortId, after],
    queryFn: () =>
      api.listCohortMembers({
        params: { partner, cohort_id: cohortId },
        query: { limit: pageSize, ...(after === null ? {} : { after }) },
      }),
    placeholderData: (before) => before,
  })
  return (
    <Panel title={text.cohort.members}>
      <Loaded of={members}>
        {({ members: list, next }) => (
          <>
            {list.length === 0 ? (
              <Text c="dimmed">{text.cohort.noMembers}</Text>
            ) : (
              <DataTable
                label={text.cohort.members}
                rows={list}
                keyOf={(user) => user.braze_id}
                columns={[
                  { head: text.column.user, cell: (user) => <UserName user={user} /> },
                  { head: 'braze_id', cell: (user) => <Code>{user.braze_id}</Code> },
                ]}
              />
            )}
            <Group gap="xs" mt="xs">
              <Button size="xs" variant="default" disabled={after === null} onClick={() => setAfter(null)}>
                {text.cohort.first}
              </Button>
              <Button size="xs" variant="default" disabled={next === null} onClick={() => setAfter(next)}>
                {text.cohort.next}
              </Button>
            </Group>
          </>
        )}
      </Loaded>
    </Panel>
  )
}
