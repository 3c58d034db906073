import { cohortNameBody, cohortUsersBody } from '@muster/core/braze/cohorts.ts'
import { cohortLimits } from '@muster/core/braze/limits.ts'
import { sealDestination } from '@muster/core/sync/connector.ts'
import type { Destination } from '@muster/core/sync/destination.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { z } from 'zod'
import { Endpoint } from '../../http/endpoint.ts'
import { exchange } from '../../http/exchange.ts'
import { readMembers } from './read-members.ts'

/** A cohort is written under one lock at the far end: more would only wait for it and be answered 423. */
const concurrency = 4

const Config = z.strictObject({
  /** As the partner page of Braze (or of Muster's engage half) shows it. */
  rest_endpoint: Endpoint,
  /** The partner's name in the path. */
  partner: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be letters, digits, - or _' })
    .default('hightouch'),
  partner_api_key: z.string().min(1),
  data_import_key: z.string().min(1),
  /** Holds all syncs to this destination together below the ceiling of its kind. */
  requests_per_hour: z.int().min(1).max(cohortLimits.requestsPerHour).optional(),
  /** Requests in flight at once; a process that dies in the middle repeats as many. */
  concurrency: z.int().min(1).max(concurrency).optional(),
})
type Config = z.output<typeof Config>

/** No cohort has this id: a request that names it changes nothing, and is refused only for its keys. */
const checkCohortId = 'muster-connection-check'

const brazeCohorts: Destination<Config> = {
  name: 'braze-cohorts',
  title: 'Braze Cohorts',
  config: Config,
  secrets: ['partner_api_key', 'data_import_key'],
  accepts: ['external_id', 'alias', 'device_id'],
  limits: { ...cohortLimits, concurrency },
  place: ({ rest_endpoint, partner }) => `${rest_endpoint} ${partner}`,
  open: (config, io) => {
    const credentials = { partnerApiKey: config.partner_api_key, clientSecret: config.data_import_key }
    const base = `${config.rest_endpoint}/partners/${config.partner}/cohorts`
    const post = (path: string, body: object, signal: AbortSignal): Promise<Outcome> =>
      exchange(io, { url: base + path, body, secrets: Object.values(credentials), signal })
    return {
      requestsPerHour: config.requests_per_hour,
      concurrency: config.concurrency,
      check: (signal) => post('/users', cohortUsersBody(credentials, checkCohortId, [], false), signal),
      nameCohort: (cohort, signal) => post('', cohortNameBody(credentials, cohort), signal),
      deliver: (batch, signal) =>
        post(
          '/users',
          cohortUsersBody(credentials, batch.cohortId, batch.identifiers, batch.operation === 'remove'),
          signal,
        ),
      readMembers: (cohortId, signal) => {
        const { partnerApiKey: partner_api_key, clientSecret: client_secret } = credentials
        return readMembers({ io, base, cohortId, signal, credentials: { partner_api_key, client_secret } })
      },
    }
  },
}

export const destination = sealDestination(brazeCohorts)
