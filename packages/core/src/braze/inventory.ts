/** One operation of Braze's REST API. */
export interface BrazeOperation {
  readonly section: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `:name` for a path parameter. */
  readonly path: string
  /** What the REST key must be allowed; null where Braze has none of its own. */
  readonly permission: string | null
}

type Entry = readonly [method: BrazeOperation['method'], path: string, permission: string | null]

/**
 * Everything that Braze's REST API has (its public Postman collection of 2024 and, after it, the documentation), whether
 * Muster offers it or not: the server compares this with its own routes and says so of what it lacks.
 */
const sections: { readonly [section: string]: readonly Entry[] } = {
  Catalogs: [
    ['DELETE', '/catalogs/:catalog_name', 'catalogs.delete'],
    ['GET', '/catalogs', 'catalogs.get'],
    ['POST', '/catalogs', 'catalogs.create'],
    ['DELETE', '/catalogs/:catalog_name/items', 'catalogs.delete_items'],
    ['PATCH', '/catalogs/:catalog_name/items', 'catalogs.update_items'],
    ['POST', '/catalogs/:catalog_name/items', 'catalogs.add_items'],
    ['PUT', '/catalogs/:catalog_name/items', 'catalogs.replace_items'],
    ['DELETE', '/catalogs/:catalog_name/items/:item_id', 'catalogs.delete_item'],
    ['GET', '/catalogs/:catalog_name/items/:item_id', 'catalogs.get_item'],
    ['GET', '/catalogs/:catalog_name/items', 'catalogs.get_items'],
    ['PATCH', '/catalogs/:catalog_name/items/:item_id', 'catalogs.update_item'],
    ['POST', '/catalogs/:catalog_name/items/:item_id', 'catalogs.create_item'],
    ['PUT', '/catalogs/:catalog_name/items/:item_id', 'catalogs.replace_item'],
    ['POST', '/catalogs/:catalog_name/fields', 'catalogs.create_fields'],
    ['DELETE', '/catalogs/:catalog_name/fields/:field_name', 'catalogs.delete_fields'],
    ['POST', '/catalogs/:catalog_name/selections', 'catalogs.create_selection'],
    ['DELETE', '/catalogs/:catalog_name/selections/:selection_name', 'catalogs.delete_selection'],
  ],
  'Email Lists & Addresses': [
    ['GET', '/email/hard_bounces', 'email.hard_bounces'],
    ['GET', '/email/unsubscribes', 'email.unsubscribe'],
    ['POST', '/email/status', 'email.status'],
    ['POST', '/email/bounce/remove', 'email.bounce.remove'],
    ['POST', '/email/spam/remove', 'email.spam.remove'],
    ['POST', '/email/blocklist', 'email.blacklist'],
    ['POST', '/email/blacklist', 'email.blacklist'],
  ],
  Export: [
    ['GET', '/campaigns/data_series', 'campaigns.data_series'],
    ['GET', '/campaigns/details', 'campaigns.details'],
    ['GET', '/campaigns/list', 'campaigns.list'],
    ['GET', '/sends/data_series', 'sends.data_series'],
    ['GET', '/canvas/data_series', 'canvas.data_series'],
    ['GET', '/canvas/data_summary', 'canvas.data_summary'],
    ['GET', '/canvas/details', 'canvas.details'],
    ['GET', '/canvas/list', 'canvas.list'],
    ['GET', '/events/list', 'events.list'],
    ['GET', '/events/data_series', 'events.data_series'],
    ['GET', '/kpi/new_users/data_series', 'kpi.new_users.data_series'],
    ['GET', '/kpi/dau/data_series', 'kpi.dau.data_series'],
    ['GET', '/kpi/mau/data_series', 'kpi.mau.data_series'],
    ['GET', '/kpi/uninstalls/data_series', 'kpi.uninstalls.data_series'],
    ['GET', '/feed/data_series', 'feed.data_series'],
    ['GET', '/feed/details', 'feed.details'],
    ['GET', '/feed/list', 'feed.list'],
    ['GET', '/purchases/product_list', 'purchases.product_list'],
    ['GET', '/purchases/quantity_series', 'purchases.quantity_series'],
    ['GET', '/purchases/revenue_series', 'purchases.revenue_series'],
    ['GET', '/segments/list', 'segments.list'],
    ['GET', '/segments/data_series', 'segments.data_series'],
    ['GET', '/segments/details', 'segments.details'],
    ['GET', '/sessions/data_series', 'sessions.data_series'],
    ['POST', '/users/export/ids', 'users.export.ids'],
    ['POST', '/users/export/segment', 'users.export.segment'],
    ['POST', '/users/export/global_control_group', 'users.export.global_control_group'],
    ['GET', '/custom_attributes', 'custom_attributes.get'],
    ['GET', '/events', 'events.get'],
    ['GET', '/campaigns/url_info/details', 'campaigns.url_info.details'],
    ['GET', '/canvas/url_info/details', 'canvas.url_info.details'],
  ],
  Messaging: [
    ['POST', '/messages/live_activity/update', 'messages.live_activity.update'],
    ['GET', '/messages/scheduled_broadcasts', 'messages.schedule_broadcasts'],
    ['POST', '/messages/schedule/delete', 'messages.schedule.delete'],
    ['POST', '/canvas/trigger/schedule/delete', 'canvas.trigger.schedule.delete'],
    ['POST', '/campaigns/trigger/schedule/delete', 'campaigns.trigger.schedule.delete'],
    ['POST', '/messages/schedule/create', 'messages.schedule.create'],
    ['POST', '/campaigns/trigger/schedule/create', 'campaigns.trigger.schedule.create'],
    ['POST', '/canvas/trigger/schedule/create', 'canvas.trigger.schedule.create'],
    ['POST', '/messages/schedule/update', 'messages.schedule.update'],
    ['POST', '/campaigns/trigger/schedule/update', 'campaigns.trigger.schedule.update'],
    ['POST', '/canvas/trigger/schedule/update', 'canvas.trigger.schedule.update'],
    ['POST', '/sends/id/create', 'sends.id.create'],
    ['POST', '/messages/send', 'messages.send'],
    ['POST', '/transactional/v1/campaigns/:campaign_id/send', 'transactional.send'],
    ['POST', '/campaigns/trigger/send', 'campaigns.trigger.send'],
    ['POST', '/canvas/trigger/send', 'canvas.trigger.send'],
    ['POST', '/messages/live_activity/start', 'messages.live_activity.start'],
    ['POST', '/campaigns/duplicate', 'campaigns.duplicate'],
    ['POST', '/canvas/duplicate', 'canvas.duplicate'],
  ],
  'Preference Center': [
    [
      'GET',
      '/preference_center/v1/:preference_center_external_id/url/:user_id',
      'preference_center.user.get',
    ],
    ['GET', '/preference_center/v1/list', 'preference_center.list'],
    ['GET', '/preference_center/v1/:preference_center_external_id', 'preference_center.get'],
    ['POST', '/preference_center/v1', 'preference_center.update'],
    ['PUT', '/preference_center/v1/:preference_center_external_id', 'preference_center.update'],
  ],
  SCIM: [
    ['DELETE', '/scim/v2/Users/:id', null],
    ['GET', '/scim/v2/Users', null],
    ['GET', '/scim/v2/Users/:id', null],
    ['POST', '/scim/v2/Users', null],
    ['PUT', '/scim/v2/Users/:id', null],
  ],
  SMS: [
    ['GET', '/sms/invalid_phone_numbers', 'sms.invalid_phone_numbers'],
    ['POST', '/sms/invalid_phone_numbers/remove', 'sms.invalid_phone_numbers.remove'],
  ],
  'Subscription Groups': [
    ['GET', '/subscription/status/get', 'subscription.status.get'],
    ['GET', '/subscription/user/status', 'subscription.groups.get'],
    ['POST', '/subscription/status/set', 'subscription.status.set'],
    ['POST', '/v2/subscription/status/set', 'subscription.status.set'],
  ],
  Templates: [
    ['GET', '/content_blocks/list', 'content_blocks.list'],
    ['GET', '/content_blocks/info', 'content_blocks.info'],
    ['POST', '/content_blocks/create', 'content_blocks.create'],
    ['POST', '/content_blocks/update', 'content_blocks.update'],
    ['GET', '/templates/email/list', 'templates.email.list'],
    ['GET', '/templates/email/info', 'templates.email.info'],
    ['POST', '/templates/email/create', 'templates.email.create'],
    ['POST', '/templates/email/update', 'templates.email.update'],
  ],
  'User Data': [
    ['POST', '/users/external_ids/rename', 'users.external_ids.rename'],
    ['POST', '/users/external_ids/remove', 'users.external_ids.remove'],
    ['POST', '/users/alias/update', 'users.alias.update'],
    ['POST', '/users/alias/new', 'users.alias.new'],
    ['POST', '/users/delete', 'users.delete'],
    ['POST', '/users/identify', 'users.identify'],
    ['POST', '/users/track', 'users.track'],
    ['POST', '/users/merge', 'users.merge'],
    ['POST', '/users/track/sync', 'users.track.sync'],
    ['POST', '/users/track/bulk', 'users.track.bulk'],
  ],
  'Cloud Data Ingestion': [
    ['GET', '/cdi/integrations', 'cdi.integration_list'],
    ['GET', '/cdi/integrations/:integration_id/job_sync_status', 'cdi.integration_job_status'],
    ['POST', '/cdi/integrations/:integration_id/sync', 'cdi.integration_sync'],
  ],
  'SDK Authentication': [
    ['POST', '/app_group/sdk_authentication/create', 'sdk_authentication.create'],
    ['PUT', '/app_group/sdk_authentication/primary', 'sdk_authentication.primary'],
    ['DELETE', '/app_group/sdk_authentication/delete', 'sdk_authentication.delete'],
    ['GET', '/app_group/sdk_authentication/keys', 'sdk_authentication.keys'],
  ],
  'Media Library': [['POST', '/media_library/create', 'media_library.create']],
  Partners: [
    ['POST', '/partners/:partner/cohorts', null],
    ['POST', '/partners/:partner/cohorts/users', null],
  ],
}

export const brazeInventory: readonly BrazeOperation[] = Object.entries(sections).flatMap(
  ([section, entries]) =>
    entries.map(([method, path, permission]) => ({ section, method, path, permission })),
)

/** What the server answers, with 501, where it has no such operation. */
export function notOfferedMessage({ method, path, permission }: BrazeOperation): string {
  const permitted = permission === null ? '' : ` (${permission})`
  return `${method} ${templated(path)}${permitted} is not offered by Muster`
}

/** `/catalogs/:name` → `/catalogs/{name}`, as documentation writes it. */
export function templated(path: string): string {
  return path.replace(/:([a-z_]+)/g, '{$1}')
}
