import { Alert, Stack, Text, Timeline } from '@mantine/core'
import type { CanvasSummary } from '@muster/core/api/engage.ts'
import type { CanvasStep } from '@muster/core/engage/canvas.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Figures } from '../parts/figures.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { MessageView } from '../parts/message-view.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { AudienceSentence } from '../parts/segment-size.tsx'
import { SendCounts } from '../parts/send-counts.tsx'

export function CanvasPage() {
  const { text } = useLocale()
  const { name } = useParams({ from: '/canvases/$name' })
  const canvas = useQuery({
    queryKey: ['canvas', name],
    queryFn: () => api.getCanvas({ params: { name } }),
    refetchInterval: (query) => ((query.state.data?.waiting ?? 0) > 0 ? 2_000 : pollMs.live),
  })
  const launching = useMutation({ mutationFn: () => api.launchCanvas({ params: { name } }) })
  const found = canvas.data
  return (
    <Page
      title={found?.definition.title ?? name}
      parent={<TextLink to="/canvases">{text.nav.canvases}</TextLink>}
      actions={
        found === undefined ? null : (
          <ConfirmButton
            label={text.canvas.launch}
            title={text.canvas.launchTitle}
            act={() => launching.mutateAsync()}
          >
            <AudienceSentence segment={found.definition.segment} say={text.canvas.launchBody} />
          </ConfirmButton>
        )
      }
    >
      {launching.data === undefined ? null : (
        <Alert
          color="teal"
          variant="light"
          title={text.canvas.entering(text.count.people(launching.data.entering))}
        />
      )}
      <Loaded of={canvas}>{(loaded) => <CanvasView canvas={loaded} />}</Loaded>
    </Page>
  )
}

function CanvasView({ canvas }: { readonly canvas: CanvasSummary }) {
  const { text, number } = useLocale()
  return (
    <>
      <Facts
        of={[
          {
            label: text.column.segment,
            value: (
              <TextLink to="/segments/$name" params={{ name: canvas.definition.segment }}>
                {canvas.definition.segment}
              </TextLink>
            ),
          },
          { label: text.canvas.launchedAt, value: <Moment at={canvas.launched_at} /> },
        ]}
      />
      <Figures
        of={[
          { label: text.canvas.entered, value: number(canvas.entered) },
          { label: text.canvas.waiting, value: number(canvas.waiting) },
          { label: text.canvas.finished, value: number(canvas.finished) },
        ]}
      />
      <Panel title={text.campaign.deliveries}>
        <SendCounts of={canvas.counts} />
      </Panel>
      <Panel title={text.canvases.steps}>
        <Steps canvas={canvas} />
      </Panel>
    </>
  )
}

function Steps({ canvas }: { readonly canvas: CanvasSummary }) {
  const { text } = useLocale()
  const { steps } = canvas.definition
  return (
    <Timeline bulletSize={18} lineWidth={2} active={steps.length + 1}>
      <Timeline.Item title={text.canvas.entry}>
        <Text size="sm" c="dimmed">
          {text.canvas.entryOf}
        </Text>
      </Timeline.Item>
      {steps.map((step) => (
        <Timeline.Item key={step.id} title={step.kind === 'delay' ? text.canvas.waitFor(step.for) : step.id}>
          <Step canvas={canvas.name} step={step} />
        </Timeline.Item>
      ))}
      <Timeline.Item title={text.canvas.end} />
    </Timeline>
  )
}

function Step({ canvas, step }: { readonly canvas: string; readonly step: CanvasStep }) {
  const { text } = useLocale()
  return (
    <Stack gap={6} maw={640}>
      <Text size="sm" c="dimmed">
        {step.kind === 'delay'
          ? `${text.canvas.delayStep} · ${step.id}`
          : `${text.canvas.messageStep} · ${step.message.channel}`}
        {step.next === undefined ? '' : ` · ${text.canvas.goesTo(step.next)}`}
      </Text>
      {step.kind === 'message' ? (
        <>
          <MessageView subject={step.message.subject} body={step.message.body} />
          <TextLink to="/inbox" search={{ source: `canvas:${canvas}/${step.id}` }}>
            {text.campaign.inInbox}
          </TextLink>
        </>
      ) : null}
    </Stack>
  )
}
