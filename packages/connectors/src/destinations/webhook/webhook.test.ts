import { describe, expect, it } from 'vitest'
import {
  destinationContract,
  type HttpSetup,
  httpDestinationContract,
} from '../../conformance/destination.ts'
import { startWebhookReceiver } from '../../conformance/webhook-receiver.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { destination } from './index.ts'

const io = createDestinationIo()
const setup: HttpSetup = {
  destination,
  io,
  exceptions: { anyBody: 'a receiver says yes with its status alone' },
  start: async () => {
    const server = await startWebhookReceiver()
    return {
      url: server.url,
      faults: server.faults,
      secrets: [server.secret],
      requests: () => server.ids.length,
      refuse: (kind) => {
        server.refuse = (identifier) => identifier.kind === kind
      },
      members: () => [...server.members].sort(),
      name: () => server.cohortName,
      clear: () => {
        server.members.clear()
        server.faults.length = 0
        server.ids.length = 0
        server.cohortName = null
        server.refuse = () => false
      },
      close: () => server.close(),
    }
  },
  config: (far, wrongKey) => ({
    url: far.url,
    secret: wrongKey ? `whsec_${'wrong'.repeat(8)}` : far.secrets[0],
  }),
}

destinationContract(setup)
httpDestinationContract(setup)

describe('the id of a message', () => {
  it('is the same when the batch is sent again, and another for every other batch', async () => {
    const server = await startWebhookReceiver()
    const open = destination.open({ url: server.url, secret: server.secret }, io)
    const signal = new AbortController().signal
    const batch = {
      id: '1-0-1',
      cohortId: 'c1',
      operation: 'add',
      identifiers: [{ kind: 'external_id', value: 'a' }],
    } as const
    const variants = [
      batch,
      batch,
      { ...batch, id: '2-0-1' },
      { ...batch, operation: 'remove' },
      { ...batch, cohortId: 'c2' },
    ] as const
    for (const one of variants) await open.deliver(one, signal)
    const [first, again, ...others] = server.ids
    expect(again).toBe(first)
    expect(new Set([first, ...others]).size).toBe(4)
    await server.close()
  })
})

describe('the configuration of webhook', () => {
  it.each([
    [{ url: 'http://hooks.example.com', secret: `whsec_${'a'.repeat(32)}` }, 'config.url'],
    [{ url: 'https://169.254.169.254/x', secret: `whsec_${'a'.repeat(32)}` }, 'config.url'],
    [{ url: 'https://hooks.example.com', secret: 'short' }, 'config.secret'],
    [{ url: 'https://hooks.example.com' }, 'config.secret'],
  ])('is refused by its field: %j', (config, where) => {
    expect(() => destination.parse(config)).toThrow(
      expect.objectContaining({ code: 'bad_config', details: [expect.objectContaining({ where })] }),
    )
  })
})
