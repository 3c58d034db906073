import { createHmac } from 'node:crypto'
import { type Request, startFaultyServer } from '../../conformance/faulty-server.ts'
import { type Audience, notifierContract } from '../../conformance/notifier.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { notifier } from './index.ts'

interface Receiver extends Audience {
  readonly url: string
}

const secret = `whsec_${'canary'.repeat(6)}`

function isSigned({ headers, text }: Request): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
  const digest = createHmac('sha256', key).update(content).digest('base64')
  return headers['webhook-signature'] === `v1,${digest}`
}

async function startReceiver(): Promise<Receiver> {
  const server = await startFaultyServer({
    seen: () => 1,
    take: (request) => {
      if (!isSigned(request)) return { status: 401, body: '' }
      const next = receiver.next
      receiver.next = 'taken'
      if (next !== 'taken') return { status: next === 'refused' ? 400 : 503, body: secret }
      receiver.heard.push(request.text)
      return { status: 204, body: '' }
    },
  })
  const receiver: Receiver = {
    url: server.url,
    heard: [],
    next: 'taken',
    secrets: [secret],
    close: () => server.close(),
  }
  return receiver
}

notifierContract({
  notifier,
  io: createDestinationIo(),
  start: startReceiver,
  config: ({ url }, wrong) => ({ url, secret: wrong ? `whsec_${'wrong'.repeat(8)}` : secret }),
})
