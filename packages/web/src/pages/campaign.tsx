import { Alert, Badge, Stack } from '@mantine/core'
import type { CampaignSummary } from '@muster/core/api/engage.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { MessageView } from '../parts/message-view.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { AudienceSentence } from '../parts/segment-size.tsx'
import { SendCounts } from '../parts/send-counts.tsx'

export function CampaignPage() {
  const { text } = useLocale()
  const { name } = useParams({ from: '/campaigns/$name' })
  const campaign = useQuery({
    queryKey: ['campaign', name],
    queryFn: () => api.getCampaign({ params: { name } }),
    refetchInterval: (query) => (query.state.data?.status === 'sending' ? pollMs.run : pollMs.live),
  })
  const sending = useMutation({ mutationFn: () => api.sendCampaign({ params: { name } }) })
  const found = campaign.data
  return (
    <Page
      title={found?.definition.title ?? name}
      parent={<TextLink to="/campaigns">{text.nav.campaigns}</TextLink>}
      actions={
        found === undefined ? null : (
          <ConfirmButton
            label={text.campaign.send}
            title={text.campaign.sendTitle}
            act={() => sending.mutateAsync()}
          >
            <AudienceSentence segment={found.definition.segment} say={text.campaign.sendBody} />
          </ConfirmButton>
        )
      }
    >
      {sending.data === undefined ? null : (
        <Alert
          color="teal"
          variant="light"
          title={text.campaign.reserved(text.count.people(sending.data.reserved))}
        />
      )}
      <Loaded of={campaign}>{(loaded) => <CampaignView campaign={loaded} />}</Loaded>
    </Page>
  )
}

function CampaignView({ campaign }: { readonly campaign: CampaignSummary }) {
  const { text } = useLocale()
  const { definition, status, counts } = campaign
  return (
    <>
      <Facts
        of={[
          {
            label: text.column.status,
            value: (
              <Badge color={status === 'draft' ? 'gray' : 'teal'}>{text.campaigns.status[status]}</Badge>
            ),
          },
          {
            label: text.column.segment,
            value: (
              <TextLink to="/segments/$name" params={{ name: definition.segment }}>
                {definition.segment}
              </TextLink>
            ),
          },
          { label: text.campaign.channel, value: definition.message.channel },
          { label: text.campaign.sentAt, value: <Moment at={campaign.sent_at} /> },
        ]}
      />
      <Panel title={text.campaign.message}>
        <MessageView subject={definition.message.subject} body={definition.message.body} />
      </Panel>
      <Panel title={text.campaign.deliveries}>
        <Stack gap="sm">
          <SendCounts of={counts} />
          <TextLink to="/inbox" search={{ source: `campaign:${campaign.name}` }}>
            {text.campaign.inInbox}
          </TextLink>
        </Stack>
      </Panel>
    </>
  )
}
