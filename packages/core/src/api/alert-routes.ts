import { z } from 'zod'
import { IsoInstant } from '../lib/instant.ts'
import { Limit } from '../lib/page.ts'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { AlertFigures, AlertKind } from '../sync/alert.ts'
import { outcomeKinds } from '../sync/outcome.ts'
import { ResourceChange } from './resource-change.ts'

/** The admin API of alerts and of the notifiers that tell of them. */

const NameParams = z.object({ name: Slug })

export const AlertSummary = z.object({
  sync: Slug,
  kind: AlertKind,
  message: z.string(),
  /** Absent in alerts that stood before there were figures. */
  figures: AlertFigures.optional(),
  since: IsoInstant,
})
export type AlertSummary = z.infer<typeof AlertSummary>

/** What one notifier was told, or is to be told. */
export const NoticeSummary = z.object({
  id: z.string(),
  notifier: Slug,
  sync: Slug,
  event: z.enum(['raised', 'recovered']),
  alert: AlertKind,
  /** The sentence that is told. */
  message: z.string(),
  at: IsoInstant,
  attempts: z.int(),
  /** Pending: it is tried again. Given up: for a day nobody took it. */
  status: z.enum(['pending', 'told', 'refused', 'given_up']),
  /** What the notifier's other end said the last time that it did not take it. */
  answer: z.string().nullable(),
  ended_at: IsoInstant.nullable(),
})
export type NoticeSummary = z.infer<typeof NoticeSummary>

export const alertRoutes = {
  listAlerts: route({
    method: 'GET',
    path: '/api/alerts',
    summary: 'What is wrong with the syncs now, the newest first',
    response: z.array(AlertSummary),
  }),
  listNotices: route({
    method: 'GET',
    path: '/api/notices',
    summary: 'What was told to whom, and what still waits to be told; the newest first',
    query: z.object({ sync: Slug.optional(), limit: Limit }),
    response: z.array(NoticeSummary),
  }),
  listNotifiers: route({
    method: 'GET',
    path: '/api/notifiers',
    summary: 'Notifiers',
    response: z.array(
      z.object({
        name: Slug,
        type: z.string(),
        /** Secrets are replaced by dots. */
        config: z.record(z.string(), z.unknown()),
        updated_at: IsoInstant,
      }),
    ),
  }),
  putNotifier: route({
    method: 'PUT',
    path: '/api/notifiers/:name',
    summary: 'Make or change a notifier; with dry_run only say which',
    params: NameParams,
    query: z.object({ dry_run: z.stringbool().default(false) }),
    body: z.record(z.string(), z.unknown()),
    response: ResourceChange,
  }),
  testNotifier: route({
    method: 'POST',
    path: '/api/notifiers/:name/test',
    summary: 'Tell a notice that says it is a test',
    params: NameParams,
    response: z.object({ ok: z.boolean(), message: z.string(), outcome: z.enum(outcomeKinds) }),
  }),
}
export type AlertRoutes = typeof alertRoutes
