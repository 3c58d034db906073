import type { Channel, RenderedMessage } from '@muster/core/engage/message.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What a channel must be told so that the suite can be run against it. */
export interface ChannelSetup {
  readonly name: string
  /** A channel, and what has reached people through it, in any order. */
  readonly open: () => Promise<OpenedChannel>
}

export interface OpenedChannel {
  readonly channel: Channel
  readonly arrived: () => Promise<readonly { readonly subject: string; readonly body: string }[]>
  readonly close: () => Promise<void>
}

const message = (number: number, body: string): RenderedMessage => ({
  id: `send-${number}`,
  to: {
    brazeId: 'f'.repeat(24),
    externalId: `user ${number}`,
    email: 'ann@example.com',
    phone: '+491701234567',
  },
  subject: `Subject ${number}`,
  body,
})

/** The contract that every channel keeps (core/engage/message.ts). */
export function channelContract({ name, open }: ChannelSetup): void {
  describe(`channel ${name}`, () => {
    let opened: OpenedChannel
    const never = new AbortController().signal
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    it('has the name under which templates ask for it', () => {
      expect(opened.channel.name).toBe(name)
    })

    it('gives one outcome a message, in order, and delivers the text as it is', async () => {
      const messages = [message(1, 'Grüße 👋\r\n"quoted" \\ {brace}'), message(2, 'plain')]
      const outcomes = await opened.channel.send(messages, never)
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['sent', 'sent'])
      const arrived = await opened.arrived()
      expect(arrived).toHaveLength(2)
      for (const { subject, body } of messages) expect(arrived).toContainEqual({ subject, body })
    })

    it('takes no messages', async () => {
      expect(await opened.channel.send([], never)).toEqual([])
    })

    it('when it says that it is idempotent, delivers a message that is sent twice once', async () => {
      if (!opened.channel.idempotent) return
      const again = message(3, 'once')
      await opened.channel.send([again], never)
      await opened.channel.send([again, again], never)
      const arrived = await opened.arrived()
      expect(arrived.filter(({ body }) => body === 'once')).toHaveLength(1)
    })
  })
}
