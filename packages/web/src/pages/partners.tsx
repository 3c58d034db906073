import { Badge, Button, Group, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { ErrorNotice } from '../parts/error-notice.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'

export function PartnersPage() {
  const { text, number } = useLocale()
  const partners = useQuery({ queryKey: ['partners'], queryFn: () => api.listPartners() })
  return (
    <Page title={text.nav.partners} intro={text.partners.intro}>
      <Loaded of={partners}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.partners.empty}
              hint={text.partners.emptyHint}
              command="npx muster keys create --partner hightouch"
            />
          ) : (
            <DataTable
              label={text.nav.partners}
              rows={list}
              keyOf={(partner) => partner.slug}
              columns={[
                {
                  head: text.column.partner,
                  cell: (partner) => (
                    <TextLink to="/partners/$slug" params={{ slug: partner.slug }} fw={600}>
                      {partner.title}
                    </TextLink>
                  ),
                },
                {
                  head: text.column.status,
                  cell: (partner) => (
                    <Badge color={partner.enabled ? 'teal' : 'gray'}>
                      {partner.enabled ? text.partners.enabled : text.partners.disabled}
                    </Badge>
                  ),
                },
                { head: text.partners.liveKeys, cell: (partner) => number(partner.live_keys), figure: true },
                { head: text.nav.cohorts, cell: (partner) => number(partner.cohorts), figure: true },
              ]}
            />
          )
        }
      </Loaded>
      <EnablePartner />
    </Page>
  )
}

function EnablePartner() {
  const { text } = useLocale()
  const navigate = useNavigate()
  const [slug, setSlug] = useState('')
  const enabling = useMutation({
    mutationFn: () => api.enablePartner({ params: { slug: slug.trim() } }),
    onSuccess: (partner) => navigate({ to: '/partners/$slug', params: { slug: partner.slug } }),
  })
  return (
    <Panel title={text.partners.enable}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          enabling.mutate()
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput
            label={text.partners.slug}
            description={text.partners.slugHint}
            value={slug}
            placeholder="hightouch"
            onChange={(event) => setSlug(event.currentTarget.value)}
            style={{ flex: '1 1 240px', maxWidth: 420 }}
            required
          />
          <Button type="submit" variant="default" loading={enabling.isPending}>
            {text.partners.enable}
          </Button>
        </Group>
        {enabling.isError ? <ErrorNotice error={enabling.error} /> : null}
      </form>
    </Panel>
  )
}
