import { createHmac } from 'node:crypto'
import { formatIdentifier, type Identifier } from '@muster/core/sync/identifier.ts'
import { z } from 'zod'
import {
  type Answer,
  type FaultyServer,
  parseBody,
  type Request,
  startFaultyServer,
} from './faulty-server.ts'

const Member = z.union([
  z.strictObject({ external_id: z.string() }),
  z.strictObject({ device_id: z.string() }),
  z.strictObject({ alias: z.strictObject({ label: z.string(), name: z.string() }) }),
])
const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ping') }),
  z.object({
    type: z.enum(['alert.raised', 'alert.recovered', 'test']),
    data: z.object({ sync: z.string(), alert: z.string().nullable(), message: z.string(), link: z.url() }),
  }),
  z.object({ type: z.literal('cohort.named'), data: z.object({ cohort_id: z.string(), name: z.string() }) }),
  z.object({
    type: z.enum(['cohort.members_added', 'cohort.members_removed']),
    data: z.object({ cohort_id: z.string(), members: z.array(Member) }),
  }),
])

export interface WebhookReceiver extends FaultyServer {
  readonly secret: string
  readonly members: Set<string>
  /** `webhook-id` of each request that came in. */
  readonly ids: string[]
  cohortName: string | null
  /** Each alert as it came. */
  readonly notices: { readonly type: string; readonly alert: string | null; readonly message: string }[]
  refuse: (identifier: Identifier) => boolean
}

/** A receiver as https://www.standardwebhooks.com describes it: verifies the signature, then believes the message. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const far: Omit<WebhookReceiver, keyof FaultyServer> = {
    secret: `whsec_${'canary'.repeat(6)}`,
    members: new Set(),
    ids: [],
    cohortName: null,
    notices: [],
    refuse: () => false,
  }
  const server = await startFaultyServer({
    seen: ({ headers }) => far.ids.push(String(headers['webhook-id'])),
    take: (request) => (isSigned(request, far.secret) ? receive(state, request) : { status: 401, body: '' }),
  })
  const state: WebhookReceiver = Object.assign(server, far)
  return state
}

function isSigned({ headers, text }: Request, secret: string): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
  const age = Math.abs(Date.now() / 1_000 - Number(headers['webhook-timestamp']))
  const wanted = `v1,${createHmac('sha256', key).update(content).digest('base64')}`
  return age < 300 && headers['webhook-signature'] === wanted
}

function receive(state: WebhookReceiver, { text }: Request): Answer {
  const parsed = Message.safeParse(parseBody(text))
  if (!parsed.success) return { status: 400, body: '{"message":"not a message"}' }
  const message = parsed.data
  if (message.type === 'ping') return { status: 204, body: '' }
  if (message.type === 'cohort.named') {
    state.cohortName = message.data.name
    return { status: 204, body: '' }
  }
  if ('link' in message.data) {
    state.notices.push({ type: message.type, ...message.data })
    return { status: 204, body: '' }
  }
  const identifiers = message.data.members.map(identifierOf)
  if (identifiers.some(state.refuse)) return { status: 422, body: '{"message":"a member is bad"}' }
  for (const identifier of identifiers) {
    if (message.type === 'cohort.members_added') state.members.add(formatIdentifier(identifier))
    else state.members.delete(formatIdentifier(identifier))
  }
  return { status: 204, body: '' }
}

function identifierOf(member: z.infer<typeof Member>): Identifier {
  if ('alias' in member) return { kind: 'alias', ...member.alias }
  if ('device_id' in member) return { kind: 'device_id', value: member.device_id }
  return { kind: 'external_id', value: member.external_id }
}
