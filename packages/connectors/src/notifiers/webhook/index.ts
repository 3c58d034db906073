import { toIso } from '@muster/core/lib/instant.ts'
import { sealNotifier } from '@muster/core/sync/connector.ts'
import type { Notifier } from '@muster/core/sync/notifier.ts'
import { z } from 'zod'
import { Endpoint } from '../../http/endpoint.ts'
import { exchange } from '../../http/exchange.ts'
import { readReceiverAnswer, signatureHeaders, WebhookSecret } from '../../http/standard-webhook.ts'

const Config = z.strictObject({ url: Endpoint, secret: WebhookSecret })
type Config = z.output<typeof Config>

/** Posts `{ "type": "alert.raised" | "alert.recovered" | "test", "timestamp", "data": {…} }`, signed. */
const webhook: Notifier<Config> = {
  name: 'webhook',
  title: 'Webhook',
  config: Config,
  secrets: ['secret'],
  open: ({ url, secret }, io) => ({
    tell: ({ id, event, at, ...data }, signal) => {
      const body = {
        type: event === 'test' ? 'test' : `alert.${event}`,
        timestamp: toIso(at),
        data,
      }
      const headers = signatureHeaders(secret, {
        id,
        at: Math.floor(Date.now() / 1_000),
        text: JSON.stringify(body),
      })
      return exchange(io, { url, body, headers, secrets: [secret], signal, read: readReceiverAnswer })
    },
  }),
}

export const notifier = sealNotifier(webhook)
