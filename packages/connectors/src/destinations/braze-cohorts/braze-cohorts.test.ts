import { describe, expect, it } from 'vitest'
import { startCohortServer } from '../../conformance/cohort-server.ts'
import {
  destinationContract,
  type HttpSetup,
  httpDestinationContract,
} from '../../conformance/destination.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { destination } from './index.ts'

const setup: HttpSetup = {
  destination,
  io: createDestinationIo(),
  start: async () => {
    const server = await startCohortServer()
    return {
      url: server.url,
      faults: server.faults,
      secrets: Object.values(server.keys),
      requests: () => server.seen.length,
      refuse: (kind) => {
        server.refuse = (identifier) => identifier.kind === kind
      },
      members: () => [...(server.cohorts.get('c1')?.members ?? [])].sort(),
      name: () => server.cohorts.get('c1')?.name ?? null,
      clear: () => {
        server.cohorts.clear()
        server.faults.length = 0
        server.seen.length = 0
        server.refuse = () => false
      },
      close: () => server.close(),
    }
  },
  config: (far, wrongKey) => ({
    rest_endpoint: `${far.url}/`,
    partner_api_key: far.secrets[0],
    data_import_key: wrongKey ?? far.secrets[1],
  }),
}

destinationContract(setup)
httpDestinationContract(setup)

describe('the configuration of braze-cohorts', () => {
  const config = {
    rest_endpoint: 'https://rest.iad-01.braze.com',
    partner_api_key: 'p',
    data_import_key: 'd',
  }

  it('is refused with each fault by its field', () => {
    const parse = (change: object) => () => destination.parse({ ...config, ...change })
    expect(parse({})).not.toThrow()
    for (const [change, where] of [
      [{ rest_endpoint: 'http://rest.example.com' }, 'config.rest_endpoint'],
      [{ rest_endpoint: 'https://169.254.169.254' }, 'config.rest_endpoint'],
      [{ partner_api_key: '' }, 'config.partner_api_key'],
      [{ data_import_key: undefined }, 'config.data_import_key'],
      [{ partner: 'a/b' }, 'config.partner'],
    ] as const) {
      expect(parse(change)).toThrow(
        expect.objectContaining({ code: 'bad_config', details: [expect.objectContaining({ where })] }),
      )
    }
  })

  it('gives a host that does not answer as unavailable', async () => {
    const open = destination.open({ ...config, rest_endpoint: 'http://127.0.0.1:1' }, createDestinationIo())
    expect(await open.check(AbortSignal.timeout(5_000))).toMatchObject({ kind: 'unavailable', status: null })
  })
})
