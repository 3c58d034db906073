import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import type { SegmentSummary } from '@muster/core/api/engage.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ExplainedTree } from '../parts/explained-tree.tsx'
import { ButtonLink, TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { SegmentForm } from '../parts/segment-form.tsx'
import { SegmentSize } from '../parts/segment-size.tsx'
import { displayName } from '../parts/user-name.tsx'

const route = '/segments/$name'

export function SegmentPage() {
  const { text } = useLocale()
  const { name } = useParams({ from: route })
  const { user, edit } = useSearch({ from: route })
  const navigate = useNavigate({ from: route })
  const segment = useQuery({
    queryKey: ['segment', name],
    queryFn: () => api.getSegment({ params: { name } }),
  })
  const leave = (): void => void navigate({ search: {} })
  return (
    <Page title={name} parent={<TextLink to="/segments">{text.nav.segments}</TextLink>}>
      <Loaded of={segment}>
        {(found) => (
          <>
            <Panel
              title={text.segment.definition}
              actions={
                edit === 'yes' ? null : (
                  <ButtonLink
                    to={route}
                    params={{ name }}
                    search={{ edit: 'yes' }}
                    variant="default"
                    size="xs"
                  >
                    {text.segment.edit}
                  </ButtonLink>
                )
              }
            >
              {edit === 'yes' ? (
                <SegmentForm segment={found} onSaved={leave} onCancel={leave} />
              ) : (
                <Stack gap="sm">
                  <Text>{found.description}</Text>
                  <SegmentSize key={found.updated_at} name={name} />
                </Stack>
              )}
            </Panel>
            <Lookup name={name} user={user ?? null} />
            <Panel title={text.segment.usedBy}>
              <UsedBy segment={found} />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function UsedBy({ segment }: { readonly segment: SegmentSummary }) {
  const { text } = useLocale()
  if (segment.used_by.length === 0) return <Text c="dimmed">{text.segment.notUsed}</Text>
  return (
    <Group gap="md">
      {segment.used_by.map(({ kind, name }) => (
        <TextLink
          key={`${kind} ${name}`}
          to={kind === 'campaign' ? '/campaigns/$name' : '/canvases/$name'}
          params={{ name }}
        >
          {name}
        </TextLink>
      ))}
    </Group>
  )
}

function Lookup({ name, user }: { readonly name: string; readonly user: string | null }) {
  const { text } = useLocale()
  const navigate = useNavigate({ from: route })
  const [wanted, setWanted] = useState(user ?? '')
  return (
    <Panel title={text.segment.lookup} hint={text.segment.lookupHint}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const asked = wanted.trim()
          void navigate({ search: asked === '' ? {} : { user: asked } })
        }}
      >
        <Group align="flex-end" gap="xs" mb="sm">
          <TextInput
            label={text.column.user}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
            style={{ flex: '1 1 220px', maxWidth: 420 }}
          />
          <Button type="submit" variant="default">
            {text.segment.lookUp}
          </Button>
        </Group>
      </form>
      {user === null ? null : <LookupAnswer name={name} user={user} />}
    </Panel>
  )
}

function LookupAnswer({ name, user }: { readonly name: string; readonly user: string }) {
  const { text } = useLocale()
  const lookup = useQuery({
    queryKey: ['lookup', name, user],
    queryFn: () => api.lookUpInSegment({ params: { name }, query: { user } }),
  })
  return (
    <Loaded of={lookup}>
      {(answer) => {
        const who = displayName(answer.user)
        return (
          <Alert
            color={answer.member ? 'teal' : 'gray'}
            variant="outline"
            title={answer.member ? text.segment.isIn(who) : text.segment.isNotIn(who)}
          >
            <ExplainedTree of={answer.why} />
            <Text size="sm" mt="xs">
              <TextLink to="/why" search={{ user }}>
                {text.nav.why}
              </TextLink>
            </Text>
          </Alert>
        )
      }}
    </Loaded>
  )
}
