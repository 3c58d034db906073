import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { describeFilter } from '@muster/core/engage/segment.ts'
import { parseIso, toIso } from '@muster/core/lib/instant.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { findSegment, pageOfSegments, segmentSeries } from '../../engage/segment-series.ts'
import { readCohorts } from '../../engage/segment-store.ts'
import { sendRefusal } from './answer.ts'
import { countOf, queryOf } from './query.ts'
import { requireRestKey } from './rest-key.ts'

/** `GET /segments/list`, `/segments/details` and `/segments/data_series` (braze.md C.5). */
export function registerSegments(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)
  const { database, clock } = engage

  app.get('/segments/list', { onRequest }, async (request, reply) => {
    const query = queryOf(request)
    const page = countOf(query.page, 0)
    if (page === null) return sendRefusal(reply, 'paging')
    const segments = await pageOfSegments(database, { page, newestFirst: query.sort_direction === 'desc' })
    return {
      segments: segments.map(({ segment_id: id, name }) => ({
        id,
        name,
        analytics_tracking_enabled: true,
        tags: [],
      })),
      ...brazeSuccess,
    }
  })

  app.get('/segments/details', { onRequest }, async (request, reply) => {
    const segment = await findSegment(database, queryOf(request).segment_id)
    if (!segment) return sendRefusal(reply, 'segment_id')
    const { names } = await readCohorts(database, [segment.filter])
    const description = describeFilter(segment.filter, names)
    return {
      created_at: toIso(segment.created_at),
      updated_at: toIso(segment.updated_at),
      name: segment.name,
      description,
      text_description: description,
      tags: [],
      teams: [],
      ...brazeSuccess,
    }
  })

  app.get('/segments/data_series', { onRequest }, async (request, reply) => {
    const query = queryOf(request)
    const segment = await findSegment(database, query.segment_id)
    if (!segment) return sendRefusal(reply, 'segment_id')
    const days = countOf(query.length, 0)
    if (days === null || days < 1 || days > 100) return sendRefusal(reply, 'series_length')
    const now = clock()
    const until = typeof query.ending_at === 'string' ? (parseIso(query.ending_at) ?? now) : now
    const series = await segmentSeries(database, segment, { days, until, now })
    return { data: series.map(({ day, size }) => ({ time: day, size })), ...brazeSuccess }
  })
}
