import { z } from 'zod'
import { restPermissions } from '../braze/permissions.ts'
import { CampaignDefinition } from '../engage/campaign.ts'
import { CanvasDefinition } from '../engage/canvas.ts'
import { fates } from '../engage/membership.ts'
import { Filter } from '../engage/segment.ts'
import { IsoInstant } from '../lib/instant.ts'
import { Json } from '../lib/json.ts'
import { Slug } from '../lib/slug.ts'

/** What the admin API of the engagement half takes and answers. */

/** A key as it may be shown: never the key itself, but once, in the answer that made it. */
export const KeyInfo = z.object({
  id: z.string(),
  name: z.string(),
  /** First characters, then dots. */
  masked: z.string(),
  created_at: IsoInstant,
  last_used_at: IsoInstant.nullable(),
  invalidated_at: IsoInstant.nullable(),
  /** What a REST key may do; absent: everything. */
  permissions: z.array(z.string()).optional(),
  /** Networks from which a REST key may be used; absent: everywhere. */
  addresses: z.array(z.string()).optional(),
})
export type KeyInfo = z.infer<typeof KeyInfo>

export const KeyName = z.object({ name: z.string().max(100).default('') })

/** What a new REST key may do and from where; absent: everything, everywhere. Neither can be changed later. */
export const NewRestKey = KeyName.extend({
  permissions: z
    .array(
      z.string().refine((name) => restPermissions.includes(name), { error: 'is no permission of Braze’s' }),
    )
    .min(1)
    .optional(),
  /** Addresses or networks: `10.0.0.0/8`, `2001:db8::1`. */
  addresses: z.array(z.string().max(50)).min(1).max(100).optional(),
})

export const SubscriptionGroup = z.object({
  id: z.string(),
  name: z.string(),
  channel: z.enum(['email', 'sms', 'whatsapp']),
  created_at: IsoInstant,
})

export const NewKey = z.object({ key: z.string(), info: KeyInfo })

export const PartnerSummary = z.object({
  slug: z.string(),
  title: z.string(),
  enabled: z.boolean(),
  live_keys: z.int(),
  cohorts: z.int(),
})

export const PartnerDetail = z.object({
  slug: z.string(),
  title: z.string(),
  enabled: z.boolean(),
  rest_endpoint: z.string(),
  partner_keys: z.array(KeyInfo),
  data_import_keys: z.array(KeyInfo),
})

const FateCounts = z.object({ ids: z.int(), ...Object.fromEntries(fates.map((fate) => [fate, z.int()])) } as {
  ids: z.ZodInt
} & Record<(typeof fates)[number], z.ZodInt>)
export type FateCounts = z.infer<typeof FateCounts>

export const CohortSummary = z.object({
  partner: z.string(),
  cohort_id: z.string(),
  /** The id where the cohort was never named. */
  name: z.string(),
  members: z.int(),
  created_at: IsoInstant,
  last_import_at: IsoInstant.nullable(),
  /** Ids that match nobody are remembered and join when their profile appears. */
  keeps_unknown: z.boolean(),
})
export type CohortSummary = z.infer<typeof CohortSummary>

export const CohortDetail = CohortSummary.extend({
  /** Sums over every import of this cohort. */
  imports: FateCounts.extend({ requests: z.int() }),
  used_by: z.array(z.object({ segment: z.string() })),
})

export const UserRef = z.object({
  braze_id: z.string(),
  external_id: z.string().nullable(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
})

export const ImportSummary = z.object({
  /** Also the `X-Request-Id` of the answer. */
  id: z.string(),
  partner: z.string(),
  /** Null where a refused request named none. */
  cohort_id: z.string().nullable(),
  at: IsoInstant,
  endpoint: z.enum(['name', 'users', 'list', 'details', 'members']),
  status: z.int(),
  /** Why it was refused. */
  message: z.string().nullable(),
  /** A partner's request, a repetition of one by an administrator, or a remembered id that found its profile. */
  cause: z.enum(['import', 'replay', 'pending']),
  replay_of: z.string().nullable(),
  /** The data import key of the sender, masked. */
  key: z.string().nullable(),
  counts: FateCounts,
})
export type ImportSummary = z.infer<typeof ImportSummary>

export const ImportedId = z.object({
  kind: z.enum(['external_id', 'alias', 'device_id']),
  label: z.string().nullable(),
  value: z.string(),
  remove: z.boolean(),
  fate: z.enum(fates),
})

export const UserDetail = UserRef.extend({
  created_at: IsoInstant,
  fields: z.record(z.string(), z.string()),
  custom_attributes: z.record(z.string(), Json),
  aliases: z.array(z.object({ label: z.string(), name: z.string() })),
  devices: z.array(z.string()),
  cohorts: z.array(z.object({ partner: z.string(), cohort_id: z.string(), name: z.string() })),
})
export type UserDetail = z.infer<typeof UserDetail>

export const SegmentSummary = z.object({
  name: Slug,
  /** The filters in words. */
  description: z.string(),
  filter: Filter,
  used_by: z.array(z.object({ kind: z.enum(['campaign', 'canvas']), name: z.string() })),
  updated_at: IsoInstant,
})
export type SegmentSummary = z.infer<typeof SegmentSummary>

export type Explained = { filter: string; holds: boolean; parts: Explained[] }
export const Explained: z.ZodType<Explained> = z.lazy(() =>
  z.object({ filter: z.string(), holds: z.boolean(), parts: z.array(Explained) }),
)

export const SendCounts = z.object({
  /** Reserved in the ledger and not yet tried. */
  pending: z.int(),
  sent: z.int(),
  failed: z.int(),
  unknown: z.int(),
})
export type SendCounts = z.infer<typeof SendCounts>

export const CampaignSummary = z.object({
  name: Slug,
  definition: CampaignDefinition,
  status: z.enum(['draft', 'sending', 'sent']),
  counts: SendCounts,
  sent_at: IsoInstant.nullable(),
})
export type CampaignSummary = z.infer<typeof CampaignSummary>

export const CanvasSummary = z.object({
  name: Slug,
  definition: CanvasDefinition,
  entered: z.int(),
  waiting: z.int(),
  finished: z.int(),
  counts: SendCounts,
  launched_at: IsoInstant.nullable(),
})
export type CanvasSummary = z.infer<typeof CanvasSummary>

export const InboxMessage = z.object({
  id: z.string(),
  at: IsoInstant,
  to: UserRef,
  /** `campaign:spring` or `canvas:welcome/first`. */
  source: z.string(),
  subject: z.string(),
  body: z.string(),
})
export type InboxMessage = z.infer<typeof InboxMessage>

/** One person's way through the engagement half. */
export const EngageStory = z.object({
  user: UserDetail,
  memberships: z.array(
    z.object({
      partner: z.string(),
      cohort_id: z.string(),
      name: z.string(),
      joined_at: IsoInstant,
      /** The import that brought the person in, and the id in it that matched. */
      import_id: z.string(),
      matched_by: ImportedId.nullable(),
    }),
  ),
  /** The last fate of each of the person's ids in imports, also where nothing changed. */
  imports: z.array(ImportedId.extend({ import_id: z.string(), cohort_id: z.string(), at: IsoInstant })),
  segments: z.array(z.object({ name: z.string(), member: z.boolean(), why: Explained })),
  messages: z.array(
    z.object({
      id: z.string(),
      source: z.string(),
      status: z.enum(['pending', 'sent', 'failed', 'unknown']),
      reason: z.string().nullable(),
      at: IsoInstant,
      subject: z.string().nullable(),
      body: z.string().nullable(),
    }),
  ),
})
export type EngageStory = z.infer<typeof EngageStory>
