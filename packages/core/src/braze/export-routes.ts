import { z } from 'zod'
import { IsoInstant } from '../lib/instant.ts'
import { Json } from '../lib/json.ts'
import { userLimits } from './limits.ts'
import { type BrazeRouteTable, idBelow, Success, Text, UserAlias } from './route.ts'

const UserId = idBelow(userLimits.externalIdBytes)
const fields = z.array(z.string()).optional().describe('Names of user fields; without them all.')

export const ExportBody = z
  .looseObject({
    external_ids: z.array(UserId).optional(),
    user_aliases: z.array(UserAlias).optional(),
    device_id: Text.optional(),
    braze_id: Text.optional(),
    email_address: UserId.optional(),
    phone: UserId.optional(),
    fields_to_export: fields,
  })
  .refine(
    ({ external_ids = [], user_aliases = [] }) =>
      external_ids.length + user_aliases.length <= userLimits.aliasesPerRequest,
  )
  .refine(({ external_ids = [], user_aliases = [], device_id, braze_id, email_address, phone }) =>
    [...external_ids, ...user_aliases, device_id, braze_id, email_address, phone].some(
      (id) => id !== undefined,
    ),
  )
  .describe('At least one user; at most 50 external_ids and user_aliases together.')

const Used = z.object({ name: z.string(), first: z.string(), last: z.string(), count: z.int() })

/** A field that the user lacks, or that was not asked for, is absent. */
const ExportedUser = z
  .looseObject({
    created_at: z.string(),
    external_id: z.string(),
    user_aliases: z.array(z.object({ alias_name: z.string(), alias_label: z.string() })),
    appboy_id: z.string(),
    braze_id: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string(),
    random_bucket: z.int().min(0).max(9_999),
    custom_attributes: z.record(z.string(), Json),
    custom_events: z.array(Used),
    purchases: z.array(Used),
    total_revenue: z.number(),
    devices: z.array(z.looseObject({ device_id: z.string() })),
  })
  .partial()

/** Braze's endpoints that export users and segments. */
export const exportRoutes = {
  exportUsers: {
    method: 'POST',
    path: '/users/export/ids',
    summary: 'What is known of users',
    access: 'rest_key',
    body: ExportBody,
    status: 201,
    response: Success.extend({
      users: z.array(ExportedUser),
      invalid_user_ids: z.array(z.string()).optional(),
    }),
  },
  exportSegment: {
    method: 'POST',
    path: '/users/export/segment',
    summary: 'What is known of everybody in a segment, as a file',
    access: 'rest_key',
    body: z.looseObject({ segment_id: z.string(), fields_to_export: fields }),
    status: 201,
    response: Success.extend({ object_prefix: z.string(), url: z.url() }),
  },
  readExport: {
    method: 'GET',
    path: '/users/export/files/:file',
    summary: 'The file of an export: one user a line, as JSON',
    access: 'url',
    query: z.object({ key: z.string() }),
    status: 200,
    type: 'application/zip',
    response: z.string(),
  },
  listSegments: {
    method: 'GET',
    path: '/segments/list',
    summary: 'Segments, 100 a page',
    access: 'rest_key',
    query: z.object({
      page: z.int().min(0).optional(),
      sort_direction: z.enum(['asc', 'desc']).optional(),
    }),
    status: 200,
    response: Success.extend({
      segments: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          analytics_tracking_enabled: z.boolean(),
          tags: z.array(z.string()),
        }),
      ),
    }),
  },
  getSegment: {
    method: 'GET',
    path: '/segments/details',
    summary: 'A segment, its filters in words',
    access: 'rest_key',
    query: z.object({ segment_id: z.string() }),
    status: 200,
    response: Success.extend({
      created_at: IsoInstant,
      updated_at: IsoInstant,
      name: z.string(),
      description: z.string(),
      text_description: z.string(),
      tags: z.array(z.string()),
      teams: z.array(z.string()),
    }),
  },
  readSegmentSeries: {
    method: 'GET',
    path: '/segments/data_series',
    summary: 'The size of a segment day by day',
    access: 'rest_key',
    query: z.object({
      segment_id: z.string(),
      length: z.int().min(1).max(100),
      ending_at: z.string().optional(),
    }),
    status: 200,
    response: Success.extend({ data: z.array(z.object({ time: z.iso.date(), size: z.int() })) }),
  },
} satisfies BrazeRouteTable
