import { sealNotifier } from '@muster/core/sync/connector.ts'
import { headline, type Notifier } from '@muster/core/sync/notifier.ts'
import { z } from 'zod'
import { Endpoint } from '../../http/endpoint.ts'
import { exchange } from '../../http/exchange.ts'
import { readReceiverAnswer } from '../../http/standard-webhook.ts'

const Config = z.strictObject({
  /** An incoming webhook of Slack, or of whatever takes `{ "text": … }` as Slack does (Mattermost, Discord's `/slack`). */
  url: Endpoint,
})
type Config = z.output<typeof Config>

const marks = { raised: ':warning:', recovered: ':white_check_mark:', test: ':wave:' } as const

const slack: Notifier<Config> = {
  name: 'slack',
  title: 'Slack',
  config: Config,
  // Whoever has the address may post.
  secrets: ['url'],
  open: ({ url }, io) => ({
    tell: (notice, signal) => {
      const body = { text: `${marks[notice.event]} ${escaped(headline(notice))}\n<${notice.link}>` }
      return exchange(io, { url, body, secrets: [url], signal, read: readReceiverAnswer })
    },
  }),
}

export const notifier = sealNotifier(slack)

/** The three characters that Slack's text gives a meaning to (docs.slack.dev, "Formatting message text"). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
