import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it } from 'vitest'
import { type Audience, notifierContract } from '../../conformance/notifier.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { notifier } from './index.ts'

interface Mailbox extends Audience {
  readonly port: number
}

const password = 'password-canary'

/** A real SMTP server that wants a password and keeps what it is sent. */
async function startMailbox(): Promise<Mailbox> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _, done) => {
      if (auth.password === password) done(null, { user: auth.username })
      else done(new Error('535 5.7.8 no'))
    },
    onMailFrom: (_address, _session, done) => {
      const next = mailbox.next
      mailbox.next = 'taken'
      if (next === 'taken') return done()
      done(Object.assign(new Error('no'), { responseCode: next === 'refused' ? 550 : 451 }))
    },
    onData: (stream, _, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mailbox.heard.push(unfolded(Buffer.concat(chunks).toString('utf8')))
        done()
      })
    },
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const mailbox: Mailbox = {
    port,
    heard: [],
    next: 'taken',
    secrets: [password],
    close: () => new Promise((done) => server.close(() => done())),
  }
  return mailbox
}

/** A header's line goes on in the next that begins with a blank (RFC 5322, 2.2.3). */
function unfolded(text: string): string {
  return text.replaceAll(/\r\n[ \t]/g, ' ')
}

const config = ({ port }: Mailbox, wrong: boolean) => ({
  host: '127.0.0.1',
  port,
  user: 'muster',
  password: wrong ? 'wrong-canary' : password,
  from: 'muster@example.com',
  to: ['ann@example.com', 'bob@example.com'],
})

notifierContract({ notifier, io: createDestinationIo(), start: startMailbox, config })

describe('the configuration of email', () => {
  it.each([
    [{ host: 'mail.example.com', from: 'no address', to: ['a@example.com'] }, 'config.from'],
    [{ host: 'mail.example.com', from: 'a@example.com', to: [] }, 'config.to'],
    [{ from: 'a@example.com', to: ['a@example.com'] }, 'config.host'],
  ])('is refused by its field: %j', (given, where) => {
    expect(() => notifier.parse(given)).toThrow(
      expect.objectContaining({ code: 'bad_config', details: [expect.objectContaining({ where })] }),
    )
  })

  it('reaches no metadata service', async () => {
    const open = notifier.open(
      { host: '169.254.169.254', from: 'a@example.com', to: ['a@example.com'] },
      createDestinationIo(),
    )
    const notice = { id: '1', event: 'test', sync: '', alert: null, message: 'x', at: 0, link: '' } as const
    expect(await open.tell(notice, AbortSignal.timeout(5_000))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('never sends to'),
    })
  })
})
