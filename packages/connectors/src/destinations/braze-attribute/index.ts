import { userLimits } from '@muster/core/braze/limits.ts'
import { sealDestination } from '@muster/core/sync/connector.ts'
import type { Batch, Destination } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { z } from 'zod'
import { Endpoint } from '../../http/endpoint.ts'
import { exchange } from '../../http/exchange.ts'

const Config = z.strictObject({
  /** As Braze's *API keys* page shows it. */
  rest_endpoint: Endpoint,
  /** A REST key with the permission `users.track`. */
  rest_api_key: z.string().min(1),
  /** The array attribute whose values are cohort ids. When absent, a cohort is a boolean attribute of its own id. */
  array_attribute: z.string().min(1).max(255).optional(),
  /** Holds all syncs to this destination together below the ceiling of its kind. */
  requests_per_hour: z.int().min(1).max(3_600_000).optional(),
  /** Requests in flight at once; a process that dies in the middle repeats as many. */
  concurrency: z.int().min(1).max(8).optional(),
})
type Config = z.output<typeof Config>

/** No user has this external_id, and none is created. */
const checkUser = 'muster-connection-check'

const brazeAttribute: Destination<Config> = {
  name: 'braze-attribute',
  title: 'Braze attribute',
  config: Config,
  secrets: ['rest_api_key'],
  accepts: ['external_id', 'alias'],
  // Braze's ceiling for `/users/track` is 3,000 requests in 3 seconds (post_user_track.md).
  limits: { idsPerRequest: userLimits.trackObjects, requestsPerHour: 3_600_000, concurrency: 8 },
  place: ({ rest_endpoint, array_attribute }) => `${rest_endpoint} ${array_attribute ?? ''}`,
  open: (config, io) => {
    const track = (attributes: readonly object[], signal: AbortSignal): Promise<Outcome> =>
      exchange(io, {
        url: `${config.rest_endpoint}/users/track`,
        headers: { authorization: `Bearer ${config.rest_api_key}` },
        body: { attributes },
        secrets: [config.rest_api_key],
        signal,
      })
    return {
      requestsPerHour: config.requests_per_hour,
      concurrency: config.concurrency,
      check: (signal) => track([{ external_id: checkUser, _update_existing_only: true }], signal),
      // An attribute has no name but its own.
      nameCohort: async () => ({ kind: 'accepted', requestId: null, status: 200 }),
      deliver: (batch, signal) => {
        const change = changeOf(config, batch)
        return track(
          batch.identifiers.map((identifier) => ({
            ...userOf(identifier),
            _update_existing_only: true,
            ...change,
          })),
          signal,
        )
      },
    }
  },
}

export const destination = sealDestination(brazeAttribute)

/** Both forms may be said twice: Braze adds a value to an array only where it is not in it yet. */
function changeOf({ array_attribute }: Config, { cohortId, operation }: Batch): object {
  const added = operation === 'add'
  if (array_attribute === undefined) return own(cohortId, added)
  return own(array_attribute, { [added ? 'add' : 'remove']: [cohortId] })
}

/** An object with one field of its own, whatever its name: `__proto__` too. */
function own(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]])
}

function userOf(identifier: Identifier): object {
  return identifier.kind === 'alias'
    ? { user_alias: { alias_label: identifier.label, alias_name: identifier.name } }
    : { external_id: identifier.value }
}
