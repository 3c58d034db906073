import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SyncFigures } from '../sync/figures.ts'
import { type Metrics, openMetrics } from './metrics.ts'

const vips: SyncFigures = {
  sync: 'vips',
  members: 42,
  set_aside: 2,
  accepted: 50,
  rejected: 2,
  pending: 3,
  last_success: 1_700_000_000,
  last_seconds: null,
  alerts: ['held'],
  runs: { done: 7, held: 1 },
}

describe('the figures for Prometheus', () => {
  let app: FastifyInstance
  let metrics: Metrics
  let syncs: SyncFigures[]

  beforeEach(() => {
    app = Fastify()
    syncs = [vips]
    metrics = openMetrics(app, { syncFigures: async () => syncs })
    app.get('/cohorts/:name', async () => ({}))
  })
  afterEach(() => app.close())

  const lines = async (): Promise<string[]> => (await metrics.text()).split('\n')

  it('say how each sync stands when they are asked for', async () => {
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'muster_sync_members{sync="vips"} 42',
        'muster_sync_changes_total{sync="vips",outcome="accepted"} 50',
        'muster_sync_changes_total{sync="vips",outcome="rejected"} 2',
        'muster_sync_pending_changes{sync="vips"} 3',
        'muster_sync_set_aside_changes{sync="vips"} 2',
        'muster_sync_last_success_timestamp_seconds{sync="vips"} 1700000000',
        'muster_sync_runs{sync="vips",status="done"} 7',
        'muster_sync_alert{sync="vips",alert="held"} 1',
      ]),
    )
    expect(await lines()).not.toContainEqual(expect.stringContaining('last_run_duration_seconds{'))
  })

  it('forget a sync that is gone and an alert that has ended', async () => {
    await metrics.text()
    syncs = [{ ...vips, alerts: [] }]
    expect(await lines()).not.toContainEqual(expect.stringContaining('muster_sync_alert{'))
    syncs = []
    expect(await lines()).not.toContainEqual(expect.stringContaining('"vips"'))
  })

  it('count requests by route and status, and name nobody', async () => {
    await app.inject('/cohorts/secret-people')
    await app.inject('/cohorts/others')
    await app.inject('/no-such')
    const text = await metrics.text()
    expect(text).toContain(
      'muster_http_request_duration_seconds_count{method="GET",route="/cohorts/:name",status="200"} 2',
    )
    expect(text).toContain('route="none",status="404"} 1')
    expect(text).not.toContain('secret-people')
  })
})
