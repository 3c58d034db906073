import { z } from 'zod'
import { Duration } from '../lib/duration.ts'
import { Slug } from '../lib/slug.ts'
import { Guards } from './guard.ts'
import { IdentifierColumn } from './identifier.ts'

/** What a project file of each kind says. The same values are stored by the server and edited by the web app. */

/** `sources/<name>.yaml`. `config` belongs to the connector and is parsed by its schema. */
export const SourceDefinition = z.strictObject({
  type: Slug,
  config: z.record(z.string(), z.unknown()),
})
export type SourceDefinition = z.output<typeof SourceDefinition>

/** `models/<name>.yaml`, with the SQL in `models/<name>.sql` beside it or under `sql`. */
export const ModelDefinition = z.strictObject({
  source: Slug,
  sql: z.string().min(1),
  /** The column that names a row: unique, never null. */
  key: z.string().min(1),
  description: z.string().optional(),
})
export type ModelDefinition = z.output<typeof ModelDefinition>

/** `destinations/<name>.yaml`. */
export const DestinationDefinition = z.strictObject({
  type: Slug,
  config: z.record(z.string(), z.unknown()),
})
export type DestinationDefinition = z.output<typeof DestinationDefinition>

export const CohortTarget = z.union([
  z.strictObject({ create: z.string().trim().min(1).max(255) }),
  z.strictObject({ existing: z.string().min(1) }),
])
export type CohortTarget = z.output<typeof CohortTarget>

export const Schedule = z.union([z.literal('manual'), z.strictObject({ every: Duration })])
export type Schedule = z.output<typeof Schedule>

/** `syncs/<name>.yaml`. */
export const SyncDefinition = z.strictObject({
  model: Slug,
  destination: Slug,
  identifiers: z.array(IdentifierColumn).min(1).max(10),
  cohort: CohortTarget,
  schedule: Schedule.default('manual'),
  guards: Guards.default({}),
})
export type SyncDefinition = z.output<typeof SyncDefinition>
