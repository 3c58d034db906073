import { createHash, createHmac } from 'node:crypto'
import { sealDestination } from '@muster/core/sync/connector.ts'
import type { Batch, Destination } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { z } from 'zod'
import { Endpoint } from '../endpoint.ts'
import { exchange } from '../exchange.ts'
import { type Answer, readAnswer } from '../read-answer.ts'

const Config = z.strictObject({
  url: Endpoint,
  /** Signs every request: `whsec_` and at least 24 bytes in base64, as https://www.standardwebhooks.com has it. */
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, { error: 'must be whsec_ and at least 24 bytes in base64' }),
})
type Config = z.output<typeof Config>

interface Message {
  readonly id: string
  readonly type: 'ping' | 'cohort.named' | 'cohort.members_added' | 'cohort.members_removed'
  readonly data: object
}

const webhook: Destination<Config> = {
  name: 'webhook',
  title: 'Webhook',
  config: Config,
  secrets: ['secret'],
  accepts: ['external_id', 'alias', 'device_id'],
  limits: { idsPerRequest: 1_000, requestsPerHour: 250_000, concurrency: 4 },
  open: ({ url, secret }, io) => {
    const send = (message: Message, signal: AbortSignal): Promise<Outcome> => {
      const { id, ...body } = { ...message, timestamp: new Date().toISOString() }
      const headers = signed(secret, { id, at: Math.floor(Date.now() / 1_000), text: JSON.stringify(body) })
      return exchange(io, { url, body, headers, secrets: [secret], signal, read: readWebhookAnswer })
    }
    return {
      check: (signal) => send({ id: `ping_${Date.now()}`, type: 'ping', data: {} }, signal),
      nameCohort: ({ cohortId, name, createdAt }, signal) =>
        send(
          {
            id: messageId(['named', cohortId, name]),
            type: 'cohort.named',
            data: { cohort_id: cohortId, name, created_at: new Date(createdAt).toISOString() },
          },
          signal,
        ),
      deliver: (batch, signal) => send(membersMessage(batch), signal),
    }
  },
}

export const destination = sealDestination(webhook)

function membersMessage({ id, cohortId, operation, identifiers }: Batch): Message {
  return {
    id: messageId([operation, cohortId, id]),
    type: operation === 'add' ? 'cohort.members_added' : 'cohort.members_removed',
    data: { cohort_id: cohortId, members: identifiers.map(memberOf) },
  }
}

/** The same for a message that is sent again, so that a receiver may leave the second out. */
function messageId(parts: readonly string[]): string {
  return `msg_${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)}`
}

function memberOf(identifier: Identifier): object {
  if (identifier.kind !== 'alias') return { [identifier.kind]: identifier.value }
  return { alias: { label: identifier.label, name: identifier.name } }
}

/** The headers of Standard Webhooks: the signature covers id, time (in seconds) and body. */
function signed(
  secret: string,
  { id, at, text }: { readonly id: string; readonly at: number; readonly text: string },
): Record<string, string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.${text}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` }
}

/** A receiver says yes with its status; what it writes besides is its own. */
function readWebhookAnswer(answer: Answer, secrets: readonly string[]): Outcome {
  const { status, requestId } = answer
  if (status >= 200 && status < 300) return { kind: 'accepted', requestId, status }
  return readAnswer(answer, secrets)
}
