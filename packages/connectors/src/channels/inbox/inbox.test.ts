import { channelContract } from '../../conformance/channel.ts'
import { inboxChannel } from './index.ts'

channelContract({
  name: 'inbox',
  open: async () => {
    const kept = new Map<string, { subject: string; body: string }>()
    const channel = inboxChannel({
      put: async (messages) => {
        for (const { id, subject, body } of messages) if (!kept.has(id)) kept.set(id, { subject, body })
      },
    })
    return { channel, arrived: async () => [...kept.values()], close: async () => {} }
  },
})
