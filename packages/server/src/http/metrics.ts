import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { SyncFigures } from '../sync/figures.ts'

export interface MetricsOptions {
  /** Null where this server serves no sync half. */
  readonly syncFigures: (() => Promise<readonly SyncFigures[]>) | null
}

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

/** Figures for Prometheus: of this process, of the requests that it answered, and of every sync as it stands when asked. */
export function openMetrics(app: FastifyInstance, { syncFigures }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'muster_' })
  measureRequests(app, registry)
  const show = measureSyncs(registry)
  return {
    contentType: registry.contentType,
    text: async () => {
      if (syncFigures) show(await syncFigures())
      return registry.metrics()
    },
  }
}

/** By route, not by path: a cohort's or a user's name is nobody's label. */
function measureRequests(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'muster_http_request_duration_seconds',
    help: 'Time until a request was answered',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
  })
}

type Figure = (figures: SyncFigures) => number | null

const gauges: readonly { readonly name: string; readonly help: string; readonly value: Figure }[] = [
  {
    name: 'muster_sync_members',
    help: 'Members that the destination has accepted',
    value: ({ members }) => members,
  },
  {
    name: 'muster_sync_pending_changes',
    help: 'Changes that the last run left pending',
    value: ({ pending }) => pending,
  },
  {
    name: 'muster_sync_set_aside_changes',
    help: 'Changes that the last run did not send, because the destination rejects them again and again',
    value: ({ set_aside }) => set_aside,
  },
  {
    name: 'muster_sync_last_success_timestamp_seconds',
    help: 'When a run last ended well',
    value: ({ last_success }) => last_success,
  },
  {
    name: 'muster_sync_last_run_duration_seconds',
    help: 'How long the last run that sent took',
    value: ({ last_seconds }) => last_seconds,
  },
]

/** Makes the figures of syncs; the answer sets them to what the store says. */
function measureSyncs(registry: Registry): (all: readonly SyncFigures[]) => void {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Gauge({ name, help, labelNames: ['sync', ...labels], registers: [registry] })
  const made = gauges.map(({ name, help, value }) => ({ value, gauge: gauge(name, help) }))
  const runs = gauge('muster_sync_runs', 'Runs by status', 'status')
  const alerts = gauge('muster_sync_alert', '1 while an alert of the sync is raised', 'alert')
  const changes = new Counter({
    name: 'muster_sync_changes_total',
    help: 'Changes that a destination has accepted or rejected',
    labelNames: ['sync', 'outcome'],
    registers: [registry],
  })
  return (all) => {
    for (const metric of [...made.map((one) => one.gauge), runs, alerts, changes]) metric.reset()
    for (const figures of all) {
      const { sync } = figures
      for (const one of made) {
        const now = one.value(figures)
        if (now !== null) one.gauge.set({ sync }, now)
      }
      changes.inc({ sync, outcome: 'accepted' }, figures.accepted)
      changes.inc({ sync, outcome: 'rejected' }, figures.rejected)
      for (const [status, count] of Object.entries(figures.runs)) runs.set({ sync, status }, count)
      for (const alert of figures.alerts) alerts.set({ sync, alert }, 1)
    }
  }
}
