import type { InboxStore } from '@muster/core/engage/inbox.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { sendOf } from './message-id.ts'
import type { UserRefRow } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

/** The store of the built-in inbox: each message id once, however often it is put. */
export function openInboxStore(database: Queryable, clock: () => Instant): InboxStore {
  return {
    put: async (messages) => {
      await database.rows(sql`
        insert into engage.inbox_message (workspace_id, send, subject, body, at)
        select ${workspaceId}, n.send, n.subject, n.body, ${new Date(clock())}::timestamptz
        from unnest(${messages.map((m) => sendOf(m.id))}::bigint[], ${messages.map((m) => m.subject)}::text[],
                    ${messages.map((m) => m.body)}::text[]) as n (send, subject, body)
        on conflict (workspace_id, send) do nothing`)
    },
  }
}

export interface InboxRow extends UserRefRow {
  readonly send: number
  readonly source: string
  readonly subject: string
  readonly body: string
  readonly at: Instant
}

export interface InboxQuery {
  readonly profileId: number | null
  readonly source: string | null
  readonly limit: number
}

/** Messages, newest first. */
export function listInbox(
  database: Queryable,
  { profileId, source, limit }: InboxQuery,
): Promise<InboxRow[]> {
  return database.rows<InboxRow>(sql`
    select i.send, o.name as source, i.subject, i.body, i.at,
      p.braze_id, p.external_id, p.first_name, p.last_name
    from engage.inbox_message i
    join engage.send s on s.workspace_id = i.workspace_id and s.send = i.send
    join engage.send_source o on o.workspace_id = s.workspace_id and o.source = s.source
    join engage.profile p on p.workspace_id = s.workspace_id and p.profile_id = s.profile_id
    where i.workspace_id = ${workspaceId}
      and (${profileId}::bigint is null or s.profile_id = ${profileId})
      and (${source}::text is null or o.name = ${source})
    order by i.send desc limit ${limit}`)
}
