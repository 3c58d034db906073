import { createHmac } from 'node:crypto'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { z } from 'zod'
import { type Answer, readAnswer } from './read-answer.ts'

/** Webhooks as https://www.standardwebhooks.com has them, so that its libraries verify ours. */

/** Signs every request: `whsec_` and at least 24 bytes in base64. */
export const WebhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, { error: 'must be whsec_ and at least 24 bytes in base64' })

/** The headers of a message: the signature covers its id, the time (in seconds) and its body as it is sent. */
export function signatureHeaders(
  secret: string,
  message: { readonly id: string; readonly at: number; readonly text: string },
): Record<string, string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key)
    .update(`${message.id}.${message.at}.${message.text}`)
    .digest('base64')
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.at),
    'webhook-signature': `v1,${signature}`,
  }
}

/** A receiver says yes with its status; what it writes besides is its own. */
export function readReceiverAnswer(answer: Answer, secrets: readonly string[]): Outcome {
  const { status, requestId } = answer
  if (status >= 200 && status < 300) return { kind: 'accepted', requestId, status }
  return readAnswer(answer, secrets)
}
