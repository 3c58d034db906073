import { z } from 'zod'
import { CampaignDefinition } from '../engage/campaign.ts'
import { CanvasDefinition } from '../engage/canvas.ts'
import { Filter } from '../engage/segment.ts'
import { Limit } from '../lib/page.ts'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { cohortRoutes } from './cohort-routes.ts'
import {
  CampaignSummary,
  CanvasSummary,
  EngageStory,
  Explained,
  InboxMessage,
  KeyInfo,
  KeyName,
  NewKey,
  NewRestKey,
  PartnerDetail,
  PartnerSummary,
  SegmentSummary,
  SubscriptionGroup,
  UserDetail,
  UserRef,
} from './engage.ts'
import { userImportRoutes } from './user-import-routes.ts'

const PartnerParams = z.object({ slug: Slug })
const NameParams = z.object({ name: Slug })
/** An external_id, `alias:LABEL:NAME`, `device:ID` or `braze:ID`. */
const UserText = z.string().min(1).max(2_000)

export const engageRoutes = {
  ...userImportRoutes,
  listPartners: route({
    method: 'GET',
    path: '/api/partners',
    summary: 'Technology partners',
    response: z.array(PartnerSummary),
  }),
  getPartner: route({
    method: 'GET',
    path: '/api/partners/:slug',
    summary: 'A partner page: REST endpoint and keys',
    params: PartnerParams,
    response: PartnerDetail,
  }),
  enablePartner: route({
    method: 'POST',
    path: '/api/partners/:slug/enable',
    summary: 'Add a partner when new, and enable it',
    params: PartnerParams,
    response: PartnerDetail,
  }),
  createPartnerKeys: route({
    method: 'POST',
    path: '/api/partners/:slug/keys',
    summary:
      'Add and enable the partner when new; make a partner API key and a data import key, shown this once',
    params: PartnerParams,
    body: KeyName,
    response: z.object({
      partner: z.string(),
      rest_endpoint: z.string(),
      partner_api_key: z.string(),
      data_import_key: z.string(),
    }),
  }),
  createPartnerKey: route({
    method: 'POST',
    path: '/api/partners/:slug/partner-keys',
    summary: 'Make a partner API key, shown this once',
    params: PartnerParams,
    body: KeyName,
    response: NewKey,
  }),
  createDataImportKey: route({
    method: 'POST',
    path: '/api/partners/:slug/data-import-keys',
    summary: 'Make a data import key, shown this once',
    params: PartnerParams,
    body: KeyName,
    response: NewKey,
  }),
  invalidateKey: route({
    method: 'DELETE',
    path: '/api/keys/:id',
    summary: 'Invalidate a key of any kind, from the next request on',
    params: z.object({ id: z.string().min(1) }),
    response: KeyInfo,
  }),
  listRestKeys: route({
    method: 'GET',
    path: '/api/rest-keys',
    summary: 'REST API keys',
    response: z.array(KeyInfo),
  }),
  createRestKey: route({
    method: 'POST',
    path: '/api/rest-keys',
    summary: 'Make a REST API key, shown this once',
    body: NewRestKey,
    response: z.object({ rest_endpoint: z.string(), api_key: z.string(), info: KeyInfo }),
  }),
  ...cohortRoutes,
  listSubscriptionGroups: route({
    method: 'GET',
    path: '/api/subscription-groups',
    summary: 'Subscription groups',
    response: z.array(SubscriptionGroup),
  }),
  createSubscriptionGroup: route({
    method: 'POST',
    path: '/api/subscription-groups',
    summary: 'Make a subscription group; one of that name that exists is answered as it is',
    body: z.strictObject({
      name: z.string().trim().min(1).max(100),
      channel: SubscriptionGroup.shape.channel,
    }),
    response: SubscriptionGroup,
  }),
  countUsers: route({
    method: 'GET',
    path: '/api/users/count',
    summary: 'How many profiles there are',
    response: z.object({ users: z.int(), identified: z.int() }),
  }),
  getUser: route({
    method: 'GET',
    path: '/api/users',
    summary: 'One user, by external_id, alias:LABEL:NAME, device:ID or braze:ID',
    query: z.object({ user: UserText }),
    response: UserDetail,
  }),
  getUserStory: route({
    method: 'GET',
    path: '/api/users/story',
    summary: 'Why a user got what they got: imports, cohorts, segments, messages',
    query: z.object({ user: UserText }),
    response: EngageStory,
  }),
  listSegments: route({
    method: 'GET',
    path: '/api/segments',
    summary: 'Segments',
    response: z.array(SegmentSummary),
  }),
  getSegment: route({
    method: 'GET',
    path: '/api/segments/:name',
    summary: 'A segment',
    params: NameParams,
    response: SegmentSummary,
  }),
  putSegment: route({
    method: 'PUT',
    path: '/api/segments/:name',
    summary: 'Make or change a segment',
    params: NameParams,
    body: z.strictObject({ filter: Filter }),
    response: SegmentSummary,
  }),
  sizeSegment: route({
    method: 'GET',
    path: '/api/segments/:name/size',
    summary: 'The exact size, computed now',
    params: NameParams,
    response: z.object({ size: z.int(), ms: z.number() }),
  }),
  lookUpInSegment: route({
    method: 'GET',
    path: '/api/segments/:name/lookup',
    summary: 'Is this user in the segment, and by which filters?',
    params: NameParams,
    query: z.object({ user: UserText }),
    response: z.object({ user: UserRef, member: z.boolean(), why: Explained }),
  }),
  listCampaigns: route({
    method: 'GET',
    path: '/api/campaigns',
    summary: 'Campaigns',
    response: z.array(CampaignSummary),
  }),
  getCampaign: route({
    method: 'GET',
    path: '/api/campaigns/:name',
    summary: 'A campaign',
    params: NameParams,
    response: CampaignSummary,
  }),
  putCampaign: route({
    method: 'PUT',
    path: '/api/campaigns/:name',
    summary: 'Make or change a campaign',
    params: NameParams,
    body: CampaignDefinition,
    response: CampaignSummary,
  }),
  sendCampaign: route({
    method: 'POST',
    path: '/api/campaigns/:name/send',
    summary: 'Send now, to who is in the segment at this moment and was not reached before',
    params: NameParams,
    response: CampaignSummary.extend({ reserved: z.int() }),
  }),
  listCanvases: route({
    method: 'GET',
    path: '/api/canvases',
    summary: 'Canvases',
    response: z.array(CanvasSummary),
  }),
  getCanvas: route({
    method: 'GET',
    path: '/api/canvases/:name',
    summary: 'A Canvas',
    params: NameParams,
    response: CanvasSummary,
  }),
  putCanvas: route({
    method: 'PUT',
    path: '/api/canvases/:name',
    summary: 'Make or change a Canvas',
    params: NameParams,
    body: CanvasDefinition,
    response: CanvasSummary,
  }),
  launchCanvas: route({
    method: 'POST',
    path: '/api/canvases/:name/launch',
    summary: 'Let everybody enter who is in the segment at this moment and has not entered before',
    params: NameParams,
    response: CanvasSummary.extend({ entering: z.int() }),
  }),
  listInbox: route({
    method: 'GET',
    path: '/api/inbox',
    summary: 'Messages in the built-in inbox, newest first',
    query: z.object({ user: UserText.optional(), source: z.string().optional(), limit: Limit }),
    response: z.array(InboxMessage),
  }),
}
export type EngageRoutes = typeof engageRoutes
