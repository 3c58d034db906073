import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startFaultyServer } from '../../conformance/faulty-server.ts'
import { type Audience, notifierContract } from '../../conformance/notifier.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { notifier } from './index.ts'

interface Slack extends Audience {
  readonly url: string
}

const Message = z.object({ text: z.string() })

/** Answers as Slack's incoming webhooks do: plain words, not JSON (docs.slack.dev, "Sending messages using incoming webhooks"). */
async function startSlack(): Promise<Slack> {
  const server = await startFaultyServer({
    seen: () => 1,
    take: ({ path, text }) => {
      if (!path.startsWith('/services/canary')) return { status: 403, body: 'invalid_token' }
      const next = slack.next
      slack.next = 'taken'
      if (next !== 'taken') return { status: next === 'refused' ? 400 : 500, body: `invalid_payload ${path}` }
      slack.heard.push(Message.parse(JSON.parse(text)).text)
      return { status: 200, body: 'ok' }
    },
  })
  const slack: Slack = {
    url: `${server.url}/services/canary`,
    heard: [],
    next: 'taken',
    secrets: [`${server.url}/services/canary`],
    close: () => server.close(),
  }
  return slack
}

const io = createDestinationIo()

notifierContract({
  notifier,
  io,
  start: startSlack,
  config: ({ url }, wrong) => ({ url: wrong ? url.replace('canary', 'wrong') : url }),
})

describe('the text of a message', () => {
  it('gives no meaning to what a sync is called', async () => {
    const slack = await startSlack()
    const told = {
      id: '1',
      event: 'raised',
      sync: '<!channel>',
      alert: 'failed',
      message: 'a & b',
      at: 0,
      link: 'https://muster.example/x',
    } as const
    await notifier.open({ url: slack.url }, io).tell(told, AbortSignal.timeout(5_000))
    expect(slack.heard).toEqual([':warning: &lt;!channel&gt;: a &amp; b\n<https://muster.example/x>'])
    await slack.close()
  })
})
