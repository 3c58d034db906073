import { z } from 'zod'
import { Slug } from '../lib/slug.ts'
import { AlertRules } from './alert.ts'
import { Canary } from './canary.ts'
import { syncModes } from './diff.ts'
import { syncEngines } from './engine.ts'
import { Guards } from './guard.ts'
import { IdentifierColumn } from './identifier.ts'
import { RejectedPolicy } from './rejected.ts'
import { Schedule } from './schedule.ts'

/** What a project file of each kind says. The same values are stored by the server and edited by the web app. */

/** `sources/<name>.yaml`. `config` belongs to the connector and is parsed by its schema. */
export const SourceDefinition = z.strictObject({
  type: Slug,
  config: z.record(z.string(), z.unknown()),
})
export type SourceDefinition = z.output<typeof SourceDefinition>

const modelFields = {
  source: Slug,
  /** The column that names a row: unique, never null. */
  key: z.string().min(1),
  description: z.string().optional(),
}

/** A model of a dbt project, by its `target/manifest.json`. A path counts from the project's folder. */
const DbtModel = z.strictObject({
  manifest: z.string().min(1),
  /** Its name, `package.name` or `ref('name')`. */
  model: z.string().min(1),
  /** Where the manifest says that its rows are (core/sync/dbt.ts): put here by a deploy, not by people. */
  relation: z.string().min(1).optional(),
  sql: z.string().min(1).optional(),
  /** Its unique id there and those of its tests, for a sync that waits for a dbt job (core/sync/dbt-results.ts). */
  node: z.string().min(1).optional(),
  tests: z.array(z.string().min(1)).optional(),
})

/**
 * `models/<name>.yaml`: rows by SQL, in `models/<name>.sql` beside it or under `sql`; all rows of a table or view; or
 * those of a dbt model. `modelSql` gives the statement of each.
 */
export const ModelDefinition = z.union([
  z.strictObject({ ...modelFields, sql: z.string().min(1) }),
  z.strictObject({ ...modelFields, table: z.string().min(1) }),
  z.strictObject({ ...modelFields, dbt: DbtModel }),
])
export type ModelDefinition = z.output<typeof ModelDefinition>

/** `destinations/<name>.yaml`. */
export const DestinationDefinition = z.strictObject({
  type: Slug,
  config: z.record(z.string(), z.unknown()),
})
export type DestinationDefinition = z.output<typeof DestinationDefinition>

/** `notifiers/<name>.yaml`. */
export const NotifierDefinition = z.strictObject({
  type: Slug,
  config: z.record(z.string(), z.unknown()),
})
export type NotifierDefinition = z.output<typeof NotifierDefinition>

export const CohortTarget = z.union([
  z.strictObject({ create: z.string().trim().min(1).max(255) }),
  z.strictObject({ existing: z.string().min(1) }),
])
export type CohortTarget = z.output<typeof CohortTarget>

/** `syncs/<name>.yaml`. */
export const SyncDefinition = z.strictObject({
  model: Slug,
  destination: Slug,
  identifiers: z.array(IdentifierColumn).min(1).max(10),
  cohort: CohortTarget,
  mode: z.enum(syncModes).default('mirror'),
  engine: z.enum(syncEngines).default('local'),
  schedule: Schedule.default('manual'),
  guards: Guards.default({}),
  canary: Canary.optional(),
  rejected: RejectedPolicy.optional(),
  alerts: AlertRules.optional(),
  /** Copies what became of each change of each run into tables of ours in the model's warehouse. */
  ledger: z.strictObject({ copy: z.literal('warehouse') }).optional(),
})
export type SyncDefinition = z.output<typeof SyncDefinition>
