import { type CampaignDefinition, campaignOccurrence } from '@muster/core/engage/campaign.ts'
import type { Channel } from '@muster/core/engage/message.ts'
import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { checkMessages } from './check-message.ts'
import { countSends, noSends, refTemplate, reserveAudience, type SendCountRow } from './ledger.ts'
import { shareLifeOfReserved } from './lifecycle-lock.ts'
import { currentCondition, getSegment } from './segment-store.ts'
import { workspaceId } from './workspace.ts'

export interface CampaignRow {
  readonly name: string
  readonly definition: CampaignDefinition
  readonly sent_at: Instant | null
  readonly counts: SendCountRow
}

export function campaignSource(name: string): string {
  return `campaign:${name}`
}

export async function listCampaigns(database: Queryable): Promise<CampaignRow[]> {
  return readCampaigns(database, sql`true`)
}

export async function getCampaign(database: Queryable, name: string): Promise<CampaignRow> {
  const [row] = await readCampaigns(database, sql`name = ${name}`)
  if (row) return row
  throw missing('unknown_campaign', `there is no campaign "${name}"`, {
    hint: 'Take one of the list of campaigns, or make this one first.',
  })
}

async function readCampaigns(database: Queryable, condition: Sql): Promise<CampaignRow[]> {
  const rows = await database.rows<Omit<CampaignRow, 'counts'>>(sql`
    select name, definition, sent_at from engage.campaign
    where workspace_id = ${workspaceId} and ${condition} order by name`)
  const counts = await countSends(
    database,
    rows.map((row) => campaignSource(row.name)),
  )
  return rows.map((row) => ({ ...row, counts: counts.get(campaignSource(row.name)) ?? noSends }))
}

export interface NewCampaign {
  readonly name: string
  readonly definition: CampaignDefinition
  readonly channels: readonly Channel[]
}

/** Makes or changes a campaign. Refuses an unknown segment or channel, and a template that does not parse. */
export async function putCampaign(
  database: Queryable,
  { name, definition, channels }: NewCampaign,
): Promise<void> {
  checkMessages([{ where: 'message', message: definition.message }], channels)
  await getSegment(database, definition.segment)
  await database.rows(sql`
    insert into engage.campaign (workspace_id, name, definition)
    values (${workspaceId}, ${name}, ${json(definition)}::jsonb)
    on conflict (workspace_id, name) do update set definition = excluded.definition`)
}

/**
 * Reserves a message for everybody who is in the segment at this moment and was not reached before, in one transaction;
 * the send loop does the rest. Returns how many were reserved.
 */
export async function sendCampaign(database: Database, name: string, now: Instant): Promise<number> {
  return database.transaction(async (tx) => {
    await shareLifeOfReserved(tx)
    await tx.rows(sql`
      select from engage.campaign where workspace_id = ${workspaceId} and name = ${name} for update`)
    const { definition } = await getCampaign(tx, name)
    const template = await refTemplate(tx, campaignSource(name), definition.message)
    const condition = await currentCondition(tx, definition.segment)
    const reserved = await reserveAudience(tx, template, { condition, occurrence: campaignOccurrence, now })
    await tx.rows(sql`
      update engage.campaign set sent_at = ${new Date(now)}
      where workspace_id = ${workspaceId} and name = ${name}`)
    return reserved
  })
}
