import { lookup } from 'node:dns/promises'
import { isForbiddenAddress, isLoopback } from '@muster/core/lib/egress.ts'
import { messageOf } from '@muster/core/lib/error.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import { sealNotifier } from '@muster/core/sync/connector.ts'
import { headline, type Notice, type Notifier } from '@muster/core/sync/notifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { createTransport, type Transporter } from 'nodemailer'
import { z } from 'zod'

const Config = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).default(587),
  /** TLS from the first byte (port 465). Otherwise STARTTLS is required of every host but this machine. */
  secure: z.boolean().default(false),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  from: z.email(),
  to: z.array(z.email()).min(1).max(50),
})
type Config = z.output<typeof Config>

const timeoutMs = 15_000

const email: Notifier<Config> = {
  name: 'email',
  title: 'E-mail',
  config: Config,
  secrets: ['password'],
  open: (config) => ({
    tell: async (notice, signal) => {
      try {
        await requireAllowedHost(config.host)
        return await send(config, notice, signal)
      } catch (error) {
        return failure(error, config)
      }
    },
  }),
}

export const notifier = sealNotifier(email)

async function requireAllowedHost(host: string): Promise<void> {
  const addresses = await lookup(host, { all: true })
  if (addresses.some(({ address }) => isForbiddenAddress(address))) {
    throw new Error(`${host} resolves to an address that Muster never sends to`)
  }
}

async function send(config: Config, notice: Notice, signal: AbortSignal): Promise<Outcome> {
  const transport = transportOf(config)
  const close = (): void => transport.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    const sent = await transport.sendMail({
      from: config.from,
      to: config.to,
      subject: headline(notice),
      text: [`${headline(notice)}.`, '', notice.link, toIso(notice.at)].join('\n'),
      messageId: `<${notice.id}@muster>`,
    })
    return { kind: 'accepted', requestId: sent.messageId, status: 250 }
  } finally {
    signal.removeEventListener('abort', close)
    transport.close()
  }
}

function transportOf({
  host,
  port,
  secure,
  user,
  password,
}: Config): Transporter<{ readonly messageId: string }> {
  return createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && !isLoopback(host),
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** 5xx will be refused again, 4xx may not be (RFC 5321, 4.2.1); refused credentials are a matter for a person. */
function failure(error: unknown, { password }: Config): Outcome {
  const said = error instanceof Error ? error : new Error(messageOf(error))
  const message = password === undefined ? said.message : said.message.replaceAll(password, '••••')
  const status = 'responseCode' in said && typeof said.responseCode === 'number' ? said.responseCode : null
  if ('code' in said && said.code === 'EAUTH') return { kind: 'unauthorized', status: status ?? 535, message }
  if (status !== null && status >= 500) return { kind: 'refused', status, message }
  return { kind: 'unavailable', status, message, retryAfterMs: null }
}
