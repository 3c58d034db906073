import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  destinationContract,
  type HttpSetup,
  httpDestinationContract,
} from '../../conformance/destination.ts'
import { startTrackServer, type TrackServer } from '../../conformance/track-server.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { destination } from './index.ts'

/** `array`: the attribute that lists cohorts; null: the cohort `c1` is a boolean attribute. */
function setupFor(array: string | null): HttpSetup {
  return {
    destination,
    io: createDestinationIo(),
    exceptions: { unnamed: 'an attribute has no name but its own' },
    start: async () => {
      const server = await startTrackServer()
      return {
        url: server.url,
        faults: server.faults,
        secrets: [server.key],
        requests: () => server.requests.length,
        refuse: (kind) => {
          server.refuse = (identifier) => identifier.kind === kind
        },
        members: () =>
          [...server.users]
            .filter(([, attributes]) => isIn(attributes, array))
            .map(([user]) => user)
            .sort(),
        name: () => null,
        clear: () => {
          server.users.clear()
          server.faults.length = 0
          server.requests.length = 0
          server.refuse = () => false
        },
        close: () => server.close(),
      }
    },
    config: (far, wrongKey) => ({
      rest_endpoint: far.url,
      rest_api_key: wrongKey ?? far.secrets[0],
      ...(array === null ? {} : { array_attribute: array }),
    }),
  }
}

function isIn(attributes: ReadonlyMap<string, unknown>, array: string | null): boolean {
  if (array === null) return attributes.get('c1') === true
  const list = attributes.get(array)
  return Array.isArray(list) && list.includes('c1')
}

describe('as a boolean attribute', () => {
  destinationContract(setupFor(null))
  httpDestinationContract(setupFor(null))
})

describe('as a value in an array attribute', () => {
  destinationContract(setupFor('cohorts'))
})

describe('the attribute of a user', () => {
  let server: TrackServer
  beforeAll(async () => {
    server = await startTrackServer()
  })
  afterAll(() => server.close())
  const ann = { kind: 'external_id', value: 'ann' } as const
  const open = (array?: string) =>
    destination.open(
      { rest_endpoint: server.url, rest_api_key: server.key, ...(array ? { array_attribute: array } : {}) },
      createDestinationIo(),
    )
  const signal = new AbortController().signal

  it('is false for who has left', async () => {
    const batch = { id: '1-0-1', cohortId: 'is_vip', identifiers: [ann] }
    await open().deliver({ ...batch, operation: 'add' }, signal)
    expect(server.users.get('ann')?.get('is_vip')).toBe(true)
    await open().deliver({ ...batch, operation: 'remove' }, signal)
    expect(server.users.get('ann')?.get('is_vip')).toBe(false)
  })

  it('keeps the other cohorts of the array', async () => {
    const send = (cohortId: string, operation: 'add' | 'remove') =>
      open('cohorts').deliver({ id: '1-0-1', cohortId, operation, identifiers: [ann] }, signal)
    await send('vip', 'add')
    await send('lapsed', 'add')
    await send('vip', 'remove')
    expect(server.users.get('ann')?.get('cohorts')).toEqual(['lapsed'])
  })

  it('is refused with the reason of the first object that Braze leaves out', async () => {
    server.refuse = () => true
    const batch = { id: '1-0-1', cohortId: 'is_vip', operation: 'add', identifiers: [ann] } as const
    expect(await open().deliver(batch, signal)).toEqual({
      kind: 'refused',
      status: 201,
      message: 'the value is not valid',
    })
    server.refuse = () => false
  })
})
