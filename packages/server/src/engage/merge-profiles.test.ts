import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { importCohort } from './import-cohort.ts'
import { listInbox, openInboxStore } from './inbox-store.ts'
import { listMemberships } from './memberships.ts'
import { mergeProfiles } from './merge-profiles.ts'
import { messageId } from './message-id.ts'
import { listMessages, readNames } from './story.ts'

const now = Date.UTC(2026, 10, 23)

describe('an orphaned profile', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openTestDatabase('engage')
    await database.half.rows(sql`
      insert into engage.profile (workspace_id, profile_id, external_id, created_at, updated_at)
      select 1, n.id, n.external_id, now(), now()
      from unnest(array[1, 2, 3], array[null, 'ann', 'bob']) as n (id, external_id)`)
    await database.half.rows(sql`insert into engage.device values (1, 'phone', 1)`)
    await database.half.rows(sql`
      insert into engage.alias (workspace_id, label, name, profile_id)
      values (1, 'crm', 'old', 1), (1, 'shop', 'kept', 1), (1, 'crm', 'new', 2)`)
    await database.half.rows(sql`
      insert into engage.event (workspace_id, profile_id, name, at) values (1, 1, 'opened', now())`)
    const join = (cohortId: string, identifiers: readonly ('phone' | 'ann')[]) =>
      importCohort(database.half, {
        requestId: randomUUID(),
        partner: 'hightouch',
        request: {
          cohortId,
          changes: identifiers.map((value) => ({
            identifier: { kind: value === 'phone' ? 'device_id' : 'external_id', value },
            remove: false,
          })),
        },
        now,
      })
    await join('both', ['phone', 'ann'])
    await join('orphan only', ['phone'])
    await database.half.rows(sql`
      insert into engage.send_source (workspace_id, name) values (1, 'campaign:a'), (1, 'campaign:b')`)
    // Both reached by a; only the orphan is to be reached by b; the orphan's a is still open.
    await database.half.rows(sql`
      insert into engage.send (workspace_id, source, template, profile_id, status, reserved_at)
      values (1, 1, 1, 1, 'pending', now()), (1, 1, 1, 2, 'sent', now()), (1, 2, 1, 1, 'pending', now())`)
    await database.half.rows(sql`
      insert into engage.canvas_entry (workspace_id, canvas, profile_id, state, due_at, entered_at)
      values (1, 1, 1, 'waiting', now(), now()), (1, 1, 2, 'waiting', now(), now()), (1, 2, 1, 'waiting', now(), now())`)
    await database.half.transaction((tx) => mergeProfiles(tx, [{ from: 1, into: 2 }], now))
  })
  afterAll(() => database.close())

  it('hands over devices, events and the aliases that the kept one has no other of', async () => {
    expect(await readNames(database.half, 2)).toEqual({
      aliases: [
        { label: 'crm', name: 'new' },
        { label: 'shop', name: 'kept' },
      ],
      devices: ['phone'],
    })
    expect(await database.half.rows(sql`select profile_id from engage.event`)).toEqual([{ profile_id: 2 }])
    expect(await database.half.rows(sql`select profile_id from engage.profile where profile_id = 1`)).toEqual(
      [],
    )
  })

  it('unites cohorts, and leaves no membership behind', async () => {
    const memberships = await listMemberships(database.half, 2)
    expect(memberships.map((membership) => membership.cohort_id)).toEqual(['both', 'orphan only'])
    expect(await database.half.rows(sql`select count(*) as n from engage.cohort_member`)).toEqual([{ n: 2 }])
  })

  it('never lets the person be messaged twice, and keeps the history of both', async () => {
    const messages = await listMessages(database.half, 2)
    expect(messages.map(({ source, status }) => [source, status])).toEqual([
      ['campaign:a', 'failed'],
      ['campaign:a', 'sent'],
      ['campaign:b', 'pending'],
    ])
  })

  it('goes through a Canvas once', async () => {
    const entries = await database.half.rows(sql`
      select canvas, state, exit_reason from engage.canvas_entry where profile_id = 2 order by entry`)
    expect(entries).toEqual([
      { canvas: 1, state: 'exited', exit_reason: 'merged' },
      { canvas: 1, state: 'waiting', exit_reason: null },
      { canvas: 2, state: 'waiting', exit_reason: null },
    ])
  })

  it('leaves its inbox to the kept one; a message that is put twice is kept once', async () => {
    const inbox = openInboxStore(database.half, () => now)
    const to = { brazeId: 'f', externalId: 'ann', email: null, phone: null }
    const message = { id: messageId(3), to, subject: 'Hi', body: 'first' }
    await inbox.put([message, message])
    await inbox.put([{ ...message, body: 'second' }])
    const rows = await listInbox(database.half, { profileId: 2, source: 'campaign:b', limit: 10 })
    expect(rows).toMatchObject([{ external_id: 'ann', subject: 'Hi', body: 'first', at: now }])
  })
})
