import { z } from 'zod'
import { IsoInstant } from '../lib/instant.ts'
import { Limit } from '../lib/page.ts'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { Canary } from '../sync/canary.ts'
import { ModelDefinition, SyncDefinition } from '../sync/definition.ts'
import { syncEngines } from '../sync/engine.ts'
import { BreachFigures, GuardName } from '../sync/guard.ts'
import { Identifier } from '../sync/identifier.ts'
import { outcomeKinds } from '../sync/outcome.ts'
import { ReconcileNote } from '../sync/reconcile.ts'
import { RunCause } from '../sync/report.ts'
import { RunOutcome, RunStatus } from '../sync/run.ts'
import { RunKind } from '../sync/run-kind.ts'

import { alertRoutes } from './alert-routes.ts'
import { CanarySummary } from './canary-summary.ts'
import { DbtStanding, dbtRoutes } from './dbt-routes.ts'
import { deletionRoutes } from './deletion-routes.ts'
import { draftRoutes } from './draft-routes.ts'
import { LedgerCopy, ledgerRoutes } from './ledger-routes.ts'
import { RejectedRow, rejectedRoutes, SetAside } from './rejected-routes.ts'
import { ResourceChange } from './resource-change.ts'
import { runRoutes } from './run-routes.ts'
import { sourceRoutes } from './source-routes.ts'

/** The admin API of the sync half. */

const TextRow = z.record(z.string(), z.string().nullable())
const Check = z.object({ ok: z.boolean(), message: z.string() })
const SourceCheck = Check.extend({
  warnings: z.array(z.string()),
  /** What a sync may name as its `engine`. */
  engines: z.array(z.enum(syncEngines)),
})
const DestinationCheck = Check.extend({
  /** How it ended; absent where nothing could be sent. */
  outcome: z.enum(outcomeKinds).optional(),
})
const NameParams = z.object({ name: Slug })

/** A connector's configuration as it may be shown: secrets are replaced by dots. */
const ShownConfig = z.record(z.string(), z.unknown())

export const SourceSummary = z.object({
  name: Slug,
  type: z.string(),
  config: ShownConfig,
  updated_at: IsoInstant,
})
export const ModelSummary = z.object({ name: Slug, definition: ModelDefinition, updated_at: IsoInstant })

export const RowAccounting = z.object({
  read: z.int(),
  members: z.int(),
  null: z.int(),
  invalid: z.int(),
  duplicate: z.int(),
})

const SampleMember = z.object({ identifier: Identifier, row_key: z.string() })

const Samples = z.object({ added: z.array(SampleMember), removed: z.array(SampleMember) })
const PartSums = z.object({ removed: z.int(), added: z.int() })

const Breach = z.object({
  guard: GuardName,
  message: z.string(),
  /** Absent in plans of before. */
  figures: BreachFigures.optional(),
})
export type Breach = z.infer<typeof Breach>

/** What was planned; absent while the rows are read and where the read failed. */
export const PlanSummary = z.object({
  verdict: z.enum(['apply', 'empty', 'held']),
  breaches: z.array(Breach),
  added: z.int(),
  removed: z.int(),
  unchanged: z.int(),
  /** How many of `added` the destination had accepted before and are asserted again. */
  reasserted: z.int(),
  set_aside: SetAside,
  rows: RowAccounting,
  requests: z.int(),
  /** About how long sending takes, in seconds; absent in plans of before. */
  seconds: z.number().optional(),
  /** What people should know of how it was made. */
  note: z.string().optional(),
  /** The same as codes, where it has some. */
  notes: z.array(ReconcileNote).optional(),
  /** How its first changes are tried. */
  canary: Canary.optional(),
  samples: Samples,
  /** What goes of a held plan while a part of it waits; with the verdict `apply` the other figures are only of what goes. */
  parts: z
    .object({
      waits: z.enum(['removals', 'additions']),
      going: PartSums,
      waiting: PartSums,
      /** Of those that wait. */
      samples: Samples,
    })
    .optional(),
})
export type PlanSummary = z.infer<typeof PlanSummary>

/** planned = accepted + rejected + pending, in ids. */
export const Delivery = z.object({
  planned: z.int(),
  accepted: z.int(),
  rejected: z.int(),
  pending: z.int(),
  requests: z.int(),
})

export const RunSummary = z.object({
  id: z.string(),
  sync: z.string(),
  kind: RunKind,
  /** Of an undo: the run that it takes back. */
  undoes: z.string().nullable(),
  status: RunStatus,
  /** Null while it goes on or waits for somebody. */
  outcome: RunOutcome.nullable(),
  /** One sentence on what happens or happened, e.g. why the run is held or what failed. */
  message: z.string(),
  hint: z.string().nullable(),
  /** Why it did not end as it was wanted. */
  cause: RunCause.nullable(),
  plan: PlanSummary.nullable(),
  delivery: Delivery,
  canary: CanarySummary.nullable(),
  started_at: IsoInstant,
  finished_at: IsoInstant.nullable(),
})
export type RunSummary = z.infer<typeof RunSummary>

export const SyncSummary = z.object({
  name: Slug,
  definition: SyncDefinition,
  cohort: z.object({ cohort_id: z.string(), name: z.string().nullable() }),
  /** Members that the destination has accepted; null before the first run. */
  accepted: z.int().nullable(),
  last_run: RunSummary.nullable(),
  next_run_at: IsoInstant.nullable(),
  /** At rest since then: nothing begins a run of it. */
  paused_at: IsoInstant.nullable(),
  /** Null where the sync does not wait for dbt jobs. */
  dbt: DbtStanding.nullable(),
  /** Null where the ledger is not copied into the warehouse. */
  ledger_copy: LedgerCopy.nullable(),
})
export type SyncSummary = z.infer<typeof SyncSummary>

export const RequestSummary = z.object({
  batch: z.int(),
  /** The number of its first change. */
  first: z.int(),
  operation: z.enum(['add', 'remove']),
  ids: z.int(),
  status: z.enum(['pending', 'accepted', 'rejected']),
  attempts: z.int(),
  /** The last answer. */
  answer: z.string().nullable(),
  /** The destination's `X-Request-Id`. */
  request_id: z.string().nullable(),
  at: IsoInstant.nullable(),
})

/** One identifier's way through the sync half, for one sync. */
export const SyncStory = z.object({
  sync: z.string(),
  model: z.string(),
  destination: z.string(),
  cohort_id: z.string(),
  identifier: Identifier,
  /** Whether the destination has accepted it and not accepted its removal since. */
  accepted: z.boolean(),
  row_key: z.string().nullable(),
  /** The row as the model gives it now; null where it gives none. */
  row: TextRow.nullable(),
  /** What the destination has rejected of it and not accepted since: its addition, its removal. */
  rejected: z.array(RejectedRow),
  /** Each time the identifier was sent, newest first. */
  sent: z.array(
    z.object({
      run: z.string(),
      batch: z.int(),
      operation: z.enum(['add', 'remove']),
      status: z.enum(['pending', 'accepted', 'rejected']),
      request_id: z.string().nullable(),
      at: IsoInstant.nullable(),
    }),
  ),
})
export type SyncStory = z.infer<typeof SyncStory>

/** So many changes of each operation are tried first. */
const First = Canary.shape.first

const DryRun = z.object({ dry_run: z.stringbool().default(false) })
const AnyDefinition = z.record(z.string(), z.unknown())

export const syncRoutes = {
  ...alertRoutes,
  ...dbtRoutes,
  ...deletionRoutes,
  ...draftRoutes,
  ...ledgerRoutes,
  ...rejectedRoutes,
  ...runRoutes,
  ...sourceRoutes,
  listSources: route({
    method: 'GET',
    path: '/api/sources',
    summary: 'Sources',
    response: z.array(SourceSummary),
  }),
  putSource: route({
    method: 'PUT',
    path: '/api/sources/:name',
    summary: 'Make or change a source; with dry_run only say which',
    params: NameParams,
    query: DryRun,
    body: AnyDefinition,
    response: ResourceChange,
  }),
  checkSource: route({
    method: 'POST',
    path: '/api/sources/:name/check',
    summary: 'Test the connection; warnings say what is dangerous though it works',
    params: NameParams,
    response: SourceCheck,
  }),
  listModels: route({
    method: 'GET',
    path: '/api/models',
    summary: 'Models',
    response: z.array(ModelSummary),
  }),
  putModel: route({
    method: 'PUT',
    path: '/api/models/:name',
    summary: 'Make or change a model; its SQL must run and have the key column',
    params: NameParams,
    query: DryRun,
    body: AnyDefinition,
    response: ResourceChange,
  }),
  previewModel: route({
    method: 'POST',
    path: '/api/models/:name/preview',
    summary: 'The first 100 rows and the column types',
    params: NameParams,
    response: z.object({
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.array(TextRow),
    }),
  }),
  listDestinations: route({
    method: 'GET',
    path: '/api/destinations',
    summary: 'Destinations',
    response: z.array(SourceSummary),
  }),
  putDestination: route({
    method: 'PUT',
    path: '/api/destinations/:name',
    summary: 'Make or change a destination',
    params: NameParams,
    query: DryRun,
    body: AnyDefinition,
    response: ResourceChange,
  }),
  checkDestination: route({
    method: 'POST',
    path: '/api/destinations/:name/check',
    summary: 'Test endpoint and keys, changing nothing there',
    params: NameParams,
    response: DestinationCheck,
  }),
  listSyncs: route({ method: 'GET', path: '/api/syncs', summary: 'Syncs', response: z.array(SyncSummary) }),
  getSync: route({
    method: 'GET',
    path: '/api/syncs/:name',
    summary: 'A sync',
    params: NameParams,
    response: SyncSummary,
  }),
  putSync: route({
    method: 'PUT',
    path: '/api/syncs/:name',
    summary: 'Make or change a sync; its identifier columns must exist in the model',
    params: NameParams,
    query: DryRun,
    body: AnyDefinition,
    response: ResourceChange,
  }),
  planSync: route({
    method: 'POST',
    path: '/api/syncs/:name/plan',
    summary: 'Begin a run that reads and plans, and sends nothing',
    params: NameParams,
    response: RunSummary,
  }),
  runSync: route({
    method: 'POST',
    path: '/api/syncs/:name/run',
    summary:
      'Begin a run that reads, plans and, unless a guard holds it, applies; with the same key as before in a day, that run',
    params: NameParams,
    query: z.object({
      key: z.string().min(1).max(255).optional(),
      canary: z.coerce.number().pipe(First).optional(),
    }),
    response: RunSummary,
  }),
  resyncSync: route({
    method: 'POST',
    path: '/api/syncs/:name/resync',
    summary:
      'Begin a full resync: everything that is desired is sent once more, and leavers are removed as ever',
    params: NameParams,
    body: z.object({ plan_only: z.boolean().default(false), canary: First.optional() }),
    response: RunSummary,
  }),
  reconcileSync: route({
    method: 'POST',
    path: '/api/syncs/:name/reconcile',
    summary:
      'Begin a repair by what the destination says is in the cohort; where it says nothing, everything is sent once more',
    params: NameParams,
    body: z.object({ plan_only: z.boolean().default(false) }),
    response: RunSummary,
  }),
  resetSync: route({
    method: 'POST',
    path: '/api/syncs/:name/reset',
    summary: 'Begin a run that takes what the model gives as accepted, and sends nothing',
    params: NameParams,
    response: RunSummary,
  }),
  undoRun: route({
    method: 'POST',
    path: '/api/runs/:id/undo',
    summary: 'Begin a run that takes an earlier one back; the sync is laid to rest unless it is only planned',
    params: z.object({ id: z.string().min(1) }),
    body: z.object({ plan_only: z.boolean().default(false) }),
    response: RunSummary,
  }),
  applyRun: route({
    method: 'POST',
    path: '/api/runs/:id/apply',
    summary:
      'Apply a planned run; a held one only with release; with canary, so many changes are tried first',
    params: z.object({ id: z.string().min(1) }),
    body: z.object({ release: z.boolean().default(false), canary: First.optional() }),
    response: RunSummary,
  }),
  listRuns: route({
    method: 'GET',
    path: '/api/runs',
    summary: 'Runs, newest first',
    query: z.object({ sync: Slug.optional(), limit: Limit }),
    response: z.array(RunSummary),
  }),
  getRun: route({
    method: 'GET',
    path: '/api/runs/:id',
    summary: 'A run; with wait, answers when it settles or after that many seconds',
    params: z.object({ id: z.string().min(1) }),
    query: z.object({ wait: z.coerce.number().min(0).max(30).default(0) }),
    response: RunSummary,
  }),
  listRequests: route({
    method: 'GET',
    path: '/api/runs/:id/requests',
    summary: 'The requests of a run in the order of their changes, from a change on; or those of one status',
    params: z.object({ id: z.string().min(1) }),
    query: z.object({
      limit: Limit,
      from: z.coerce.number().int().min(0).default(0),
      status: z.enum(['pending', 'accepted', 'rejected']).optional(),
    }),
    response: z.array(RequestSummary),
  }),
  getSyncStories: route({
    method: 'POST',
    path: '/api/sync/story',
    summary: 'Where identifiers came from and when they were sent, per sync',
    body: z.object({ identifiers: z.array(Identifier).min(1).max(50) }),
    response: z.array(SyncStory),
  }),
}
export type SyncRoutes = typeof syncRoutes
