import type { InboxStore } from '@muster/core/engage/inbox.ts'
import type { Channel } from '@muster/core/engage/message.ts'

/**
 * The built-in inbox: messages are kept where they can be looked at, and go nowhere. Idempotent, because the store keeps
 * each message id once. A store that fails throws; nothing is then known to be kept, and the sender tries again.
 */
export function inboxChannel(inbox: InboxStore): Channel {
  return {
    name: 'inbox',
    idempotent: true,
    send: async (messages) => {
      await inbox.put(messages)
      return messages.map(() => ({ kind: 'sent' }))
    },
  }
}
