import type { CampaignSummary, CanvasSummary, SegmentSummary } from '@muster/core/api/engage.ts'
import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { describeFilter, explain } from '@muster/core/engage/segment.ts'
import { type Instant, toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import { type CampaignRow, getCampaign, listCampaigns, putCampaign } from '../../engage/campaign-store.ts'
import { type CanvasRow, getCanvas, listCanvases, putCanvas } from '../../engage/canvas-store.ts'
import type { Engage } from '../../engage/engage.ts'
import { findUser } from '../../engage/find-user.ts'
import { listInbox } from '../../engage/inbox-store.ts'
import { listMemberships } from '../../engage/memberships.ts'
import { messageId } from '../../engage/message-id.ts'
import { profileOf } from '../../engage/profile-store.ts'
import {
  countSegment,
  getSegment,
  listSegments,
  listSegmentUses,
  putSegment,
  readCohorts,
  type SegmentRow,
} from '../../engage/segment-store.ts'
import { explained } from './explained.ts'
import { userRef } from './user-shape.ts'

type SegmentRoutes = Pick<
  EngageRoutes,
  'listSegments' | 'getSegment' | 'putSegment' | 'sizeSegment' | 'lookUpInSegment'
>

function segmentHandlers({ database, clock }: Engage): Handlers<SegmentRoutes> {
  const summaries = async (rows: readonly SegmentRow[]): Promise<SegmentSummary[]> => {
    const cohorts = await readCohorts(
      database,
      rows.map(({ filter }) => filter),
    )
    const uses = await listSegmentUses(database)
    return rows.map(({ name, filter, updated_at }) => ({
      name,
      description: describeFilter(filter, cohorts.names),
      filter,
      used_by: uses
        .filter(({ segment }) => segment === name)
        .map(({ kind, name: user }) => ({ kind, name: user })),
      updated_at: toIso(updated_at),
    }))
  }
  const one = async (name: string): Promise<SegmentSummary> => {
    const [summary] = await summaries([await getSegment(database, name)])
    if (!summary) throw new TypeError('a row gave no summary')
    return summary
  }
  return {
    listSegments: async () => summaries(await listSegments(database)),
    getSegment: ({ params }) => one(params.name),
    putSegment: async ({ params, body }) => {
      await putSegment(database, { name: params.name, filter: body.filter, now: clock() })
      return one(params.name)
    },
    sizeSegment: async ({ params }) => {
      const begun = performance.now()
      const size = await countSegment(database, params.name)
      return { size, ms: Math.round((performance.now() - begun) * 10) / 10 }
    },
    lookUpInSegment: async ({ params, query }) => {
      const { filter } = await getSegment(database, params.name)
      const row = await findUser(database, query.user)
      const cohorts = await readCohorts(database, [filter])
      const memberships = await listMemberships(database, row.profile_id)
      const profile = profileOf(row, new Set(memberships.map(({ cohort }) => cohort)))
      const why = explain(filter, profile, cohorts.ids, cohorts.names)
      return { user: userRef(row), member: why.holds, why: explained(why) }
    },
  }
}

type MessagingRoutes = SegmentRoutes &
  Pick<
    EngageRoutes,
    | 'listCampaigns'
    | 'getCampaign'
    | 'putCampaign'
    | 'sendCampaign'
    | 'listCanvases'
    | 'getCanvas'
    | 'putCanvas'
    | 'launchCanvas'
    | 'listInbox'
  >

/** Segments, campaigns, Canvases and the inbox. */
export function messagingHandlers(engage: Engage): Handlers<MessagingRoutes> {
  const { database, channels } = engage
  const campaign = async (name: string): Promise<CampaignSummary> =>
    campaignSummary(await getCampaign(database, name))
  const canvas = async (name: string): Promise<CanvasSummary> =>
    canvasSummary(await getCanvas(database, name))
  return {
    ...segmentHandlers(engage),
    listCampaigns: async () => (await listCampaigns(database)).map(campaignSummary),
    getCampaign: ({ params }) => campaign(params.name),
    putCampaign: async ({ params: { name }, body }) => {
      await putCampaign(database, { name, definition: body, channels })
      return campaign(name)
    },
    sendCampaign: async ({ params: { name } }) => {
      const reserved = await engage.sendCampaign(name)
      return { ...(await campaign(name)), reserved }
    },
    listCanvases: async () => (await listCanvases(database)).map(canvasSummary),
    getCanvas: ({ params }) => canvas(params.name),
    putCanvas: async ({ params: { name }, body }) => {
      await putCanvas(database, { name, definition: body, channels })
      return canvas(name)
    },
    launchCanvas: async ({ params: { name } }) => {
      const entering = await engage.launchCanvas(name)
      return { ...(await canvas(name)), entering }
    },
    listInbox: async ({ query }) => {
      const user = query.user === undefined ? null : await findUser(database, query.user)
      const rows = await listInbox(database, {
        profileId: user?.profile_id ?? null,
        source: query.source ?? null,
        limit: query.limit,
      })
      return rows.map((row) => ({
        id: messageId(row.send),
        at: toIso(row.at),
        to: userRef(row),
        source: row.source,
        subject: row.subject,
        body: row.body,
      }))
    },
  }
}

function campaignSummary({ name, definition, counts, sent_at }: CampaignRow): CampaignSummary {
  const status = sent_at === null ? 'draft' : counts.pending > 0 ? 'sending' : 'sent'
  return { name, definition, status, counts, sent_at: isoOrNull(sent_at) }
}

function canvasSummary(row: CanvasRow): CanvasSummary {
  const { name, definition, entered, waiting, finished, counts, launched_at } = row
  return { name, definition, entered, waiting, finished, counts, launched_at: isoOrNull(launched_at) }
}

function isoOrNull(instant: Instant | null): string | null {
  return instant === null ? null : toIso(instant)
}
