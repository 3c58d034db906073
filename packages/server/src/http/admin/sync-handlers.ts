import type { CanarySummary } from '@muster/core/api/canary-summary.ts'
import type { PlanSummary, RunSummary, SyncRoutes, SyncStory, SyncSummary } from '@muster/core/api/sync.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import { noneSetAside } from '@muster/core/sync/rejected.ts'
import { outcomeOf } from '@muster/core/sync/run.ts'
import type { RunView, Sync, SyncView } from '../../sync/sync.ts'
import { alertHandlers } from './alert-handlers.ts'
import { dbtHandlers, dbtStanding } from './dbt-handlers.ts'
import { deletionHandlers } from './deletion-handlers.ts'
import { draftHandlers } from './draft-handlers.ts'
import { ledgerCopy, ledgerHandlers, rejectedHandlers, rejectedRow } from './ledger-handlers.ts'
import { runHandlers } from './run-handlers.ts'
import { sourceHandlers } from './source-handlers.ts'

/** Binds the admin API of the sync half to its operations: names and times as the API has them, nothing else. */
export function syncHandlers(sync: Sync): Handlers<SyncRoutes> {
  return {
    ...definitionHandlers(sync),
    ...alertHandlers(sync),
    ...dbtHandlers(sync),
    ...deletionHandlers(sync),
    ...draftHandlers(sync),
    ...ledgerHandlers(sync),
    ...rejectedHandlers(sync),
    ...runHandlers(sync),
    ...sourceHandlers(sync),
    planSync: async ({ params }) => runSummary(await sync.begin(params.name, false)),
    runSync: async ({ params, query }) =>
      runSummary(await sync.begin(params.name, true, { key: query.key, canaryFirst: query.canary })),
    resyncSync: async ({ params, body }) =>
      runSummary(
        await sync.begin(params.name, !body.plan_only, { kind: 'full_resync', canaryFirst: body.canary }),
      ),
    reconcileSync: async ({ params, body }) =>
      runSummary(await sync.begin(params.name, !body.plan_only, { kind: 'reconcile' })),
    resetSync: async ({ params }) => runSummary(await sync.begin(params.name, true, { kind: 'reset' })),
    undoRun: async ({ params, body }) => runSummary(await sync.undo(params.id, !body.plan_only)),
    applyRun: async ({ params, body }) =>
      runSummary(await sync.apply(params.id, { release: body.release, canaryFirst: body.canary })),
    listRuns: async ({ query }) => (await sync.runs(query)).map(runSummary),
    getRun: async ({ params, query }) => runSummary(await sync.run(params.id, query.wait * 1_000)),
    listRequests: async ({ params, query }) =>
      (await sync.requests(params.id, query.limit, query)).map((batch) => ({
        batch: batch.number,
        first: batch.change_from,
        operation: batch.operation,
        ids: batch.change_to - batch.change_from,
        status: batch.status,
        attempts: batch.attempts,
        answer: batch.answer,
        request_id: batch.request_id,
        at: isoOrNull(batch.at),
      })),
    getSyncStories: async ({ body }) => (await sync.stories(body.identifiers)).map(story),
  }
}

type DefinitionRoutes = Pick<
  SyncRoutes,
  | 'listSources'
  | 'putSource'
  | 'checkSource'
  | 'listModels'
  | 'putModel'
  | 'previewModel'
  | 'listDestinations'
  | 'putDestination'
  | 'checkDestination'
  | 'listSyncs'
  | 'getSync'
  | 'putSync'
>

function definitionHandlers(sync: Sync): Handlers<DefinitionRoutes> {
  type PutRequest = { params: { name: string }; query: { dry_run: boolean }; body: unknown }
  const put = ({ params, query, body }: PutRequest) => ({ name: params.name, body, dryRun: query.dry_run })
  return {
    listSources: async () => (await sync.sources()).map(dated),
    putSource: async (request) => ({
      kind: 'source',
      name: request.params.name,
      change: await sync.putSource(put(request)),
    }),
    checkSource: async ({ params }) => {
      const { warnings, engines, ...check } = await sync.checkSource(params.name)
      return { ...check, warnings: [...warnings], engines: [...engines] }
    },
    listModels: async () =>
      (await sync.models()).map(({ name, definition, updated_at }) =>
        dated({ name, definition, updated_at }),
      ),
    putModel: async (request) => ({
      kind: 'model',
      name: request.params.name,
      change: await sync.putModel(put(request)),
    }),
    previewModel: ({ params }) => sync.previewModel(params.name),
    listDestinations: async () => (await sync.destinations()).map(dated),
    putDestination: async (request) => ({
      kind: 'destination',
      name: request.params.name,
      change: await sync.putDestination(put(request)),
    }),
    checkDestination: ({ params }) => sync.checkDestination(params.name),
    listSyncs: async () => (await sync.syncs()).map(syncSummary),
    getSync: async ({ params }) => syncSummary(await sync.sync(params.name)),
    putSync: async (request) => ({
      kind: 'sync',
      name: request.params.name,
      change: await sync.putSync(put(request)),
    }),
  }
}

function syncSummary(view: SyncView): SyncSummary {
  const { name, definition, cohort_id, state, lastRun, next_run_at } = view
  const cohortName = 'create' in definition.cohort ? definition.cohort.create : null
  return {
    name,
    definition,
    cohort: { cohort_id, name: cohortName },
    accepted: state?.members ?? null,
    last_run: lastRun ? runSummary(lastRun) : null,
    next_run_at: isoOrNull(next_run_at),
    paused_at: isoOrNull(view.paused_at),
    dbt: dbtStanding(view),
    ledger_copy: view.copy && ledgerCopy(view.copy),
  }
}

function runSummary(run: RunView): RunSummary {
  return {
    id: String(run.id),
    sync: run.sync,
    kind: run.kind,
    undoes: run.undoes === null ? null : String(run.undoes),
    status: run.status,
    outcome: outcomeOf(run.status, run.sums.rejected),
    message: run.message,
    hint: run.hint,
    cause: run.cause,
    plan: planSummary(run),
    delivery: run.sums,
    canary: run.canary && canarySummary(run.canary),
    started_at: toIso(run.started_at),
    finished_at: isoOrNull(run.finished_at),
  }
}

function canarySummary({ rule, steps, checks }: NonNullable<RunView['canary']>): CanarySummary {
  const found = checks.map((check) => ({ ...check, findings: [...check.findings] }))
  return { rule, steps: steps.map((step, n) => ({ ...step, check: found[n] ?? null })) }
}

function planSummary({ plan }: RunView): PlanSummary | null {
  if (!plan) return null
  const { added, removed, unchanged, reasserted, rows, setAside = noneSetAside } = plan.counts
  const sample = ({ identifier, rowKey }: (typeof plan.samples.added)[number]) => ({
    identifier,
    row_key: rowKey,
  })
  const samples = (of: typeof plan.samples) => ({
    added: of.added.map(sample),
    removed: of.removed.map(sample),
  })
  return {
    verdict: plan.verdict,
    breaches: [...plan.breaches],
    added,
    removed,
    unchanged,
    reasserted,
    set_aside: setAside,
    rows,
    requests: plan.requests,
    ...(plan.seconds === undefined ? {} : { seconds: plan.seconds }),
    ...(plan.note === undefined ? {} : { note: plan.note }),
    ...(plan.notes === undefined ? {} : { notes: [...plan.notes] }),
    ...(plan.canary === undefined ? {} : { canary: plan.canary }),
    samples: samples(plan.samples),
    ...(plan.parts === undefined ? {} : { parts: { ...plan.parts, samples: samples(plan.parts.samples) } }),
  }
}

function story(told: Awaited<ReturnType<Sync['stories']>>[number]): SyncStory {
  return {
    ...told,
    row: told.row && { ...told.row },
    rejected: told.rejected.map(rejectedRow),
    sent: told.sent.map((one) => ({ ...one, at: isoOrNull(one.at) })),
  }
}

function dated<T extends { readonly updated_at: number }>(
  one: T,
): Omit<T, 'updated_at'> & { updated_at: string } {
  return { ...one, updated_at: toIso(one.updated_at) }
}

function isoOrNull(instant: number | null): string | null {
  return instant === null ? null : toIso(instant)
}
