import type { Channel, RenderedMessage, SendOutcome } from '@muster/core/engage/message.ts'
import { silentLog } from '@muster/core/lib/log.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts'
import { advanceEntries } from '../../engage/advance-canvas.ts'
import { type Engage, openEngage } from '../../engage/engage.ts'
import { importCohort } from '../../engage/import-cohort.ts'
import { claimSends } from '../../engage/ledger.ts'
import { openRenderer } from '../../engage/renderer.ts'
import { sendBatch } from '../../engage/send-messages.ts'
import { engageHandlers } from './engage-handlers.ts'

/** A real channel to nowhere that counts how often each message came. */
function countingChannel(
  name: string,
  idempotent: boolean,
  answer: () => SendOutcome | 'throw' = () => ({ kind: 'sent' }),
) {
  const came = new Map<string, RenderedMessage[]>()
  const channel: Channel = {
    name,
    idempotent,
    send: async (messages) =>
      messages.map((message) => {
        came.set(message.id, [...(came.get(message.id) ?? []), message])
        const outcome = answer()
        if (outcome === 'throw') throw new Error('the channel broke')
        return outcome
      }),
  }
  return { channel, came }
}

describe('campaigns and Canvases', () => {
  let database: TestDatabase
  let engage: Engage
  let now = Date.UTC(2026, 10, 23)
  const safe = countingChannel('safe', true)
  const risky = countingChannel('risky', false)
  const broken = countingChannel('broken', false, () => 'throw')
  const channels = [safe.channel, risky.channel, broken.channel]
  const inbox: Channel = { name: 'inbox', idempotent: true, send: async () => [] }
  const handlers = () => engageHandlers(engage, { restEndpoint: () => 'http://rest' })
  const renderer = openRenderer({ limitMs: 5_000 })
  const context = () => ({ database: database.half, channels, renderer, clock: () => now, log: silentLog })
  const sendAll = async (): Promise<void> => {
    while (await sendBatch(context())) {
      /* until there is no more */
    }
  }
  const put = (name: string, channel: string, body = 'Hi {{${first_name} | default: "you"}}') =>
    handlers().putCampaign({
      params: { name },
      query: {},
      body: { segment: 'vips', message: { channel, subject: 's', body } },
    })
  const send = (name: string) => handlers().sendCampaign({ params: { name }, query: {}, body: {} })
  const campaign = (name: string) => handlers().getCampaign({ params: { name }, query: {}, body: {} })
  const addMembers = (externalIds: readonly string[], remove = false) =>
    importCohort(database.half, {
      requestId: crypto.randomUUID(),
      partner: 'hightouch',
      request: {
        cohortId: 'vips',
        changes: externalIds.map((value) => ({ identifier: { kind: 'external_id', value }, remove })),
      },
      now,
    })
  const people = Array.from({ length: 30 }, (_, i) => `user-${i}`)

  beforeAll(async () => {
    database = await openTestDatabase('engage')
    engage = openEngage({
      database: database.half,
      clock: () => now,
      log: silentLog,
      channels: () => [...channels, inbox],
    })
    await database.half.rows(sql`
      insert into engage.profile (workspace_id, external_id, first_name, created_at, updated_at)
      select 1, name, case when name <> 'user-0' then upper(name) end, now(), now()
      from unnest(${people}::text[]) as name`)
    await addMembers(people.slice(0, 20))
    await handlers().putSegment({
      params: { name: 'vips' },
      query: {},
      body: { filter: { kind: 'cohort', partner: 'hightouch', cohort_id: 'vips', operator: 'includes' } },
    })
  })
  afterAll(async () => {
    await renderer.close()
    await engage.close()
    await database.close()
  })

  it('a campaign reaches who is in the segment at the moment of sending, once each', async () => {
    await put('first', 'safe')
    await addMembers(['user-19'], true)
    await addMembers(['user-20'])
    const sent = await send('first')
    expect(sent).toMatchObject({ reserved: 20, status: 'sending', counts: { pending: 20 } })
    await sendAll()
    expect(await campaign('first')).toMatchObject({ status: 'sent', counts: { sent: 20, pending: 0 } })
    expect((await send('first')).reserved).toBe(0)
    await addMembers(['user-21'])
    expect((await send('first')).reserved).toBe(1)
    await sendAll()
    const messages = [...safe.came.values()].flat()
    expect(messages).toHaveLength(21)
    expect(new Set(messages.map((m) => m.to.externalId)).size).toBe(21)
    expect(messages.find((m) => m.to.externalId === 'user-0')?.body).toBe('Hi you')
    expect(messages.find((m) => m.to.externalId === 'user-1')?.body).toBe('Hi USER-1')
  })

  it('two senders at once send each message once', async () => {
    await put('together', 'risky')
    await send('together')
    await Promise.all([sendAll(), sendAll(), sendAll()])
    expect([...risky.came.values()].every((times) => times.length === 1)).toBe(true)
    expect((await campaign('together')).counts.sent).toBe(21)
  })

  it('what a dead process left is sent again on an idempotent channel, and unknown on another', async () => {
    for (const channel of ['safe', 'risky']) {
      await put(`dead-${channel}`, channel)
      await send(`dead-${channel}`)
    }
    const claimed = await claimSends(database.half, { claim: crypto.randomUUID(), limit: 500 })
    expect(claimed).toHaveLength(42)
    await sendAll()
    expect((await campaign('dead-safe')).counts).toMatchObject({ pending: 21, sent: 0 })
    await database.half.rows(sql`
      update engage.send set wake_at = clock_timestamp() - interval '1 second' where status = 'sending'`)
    await sendAll()
    expect((await campaign('dead-safe')).counts).toEqual({ pending: 0, sent: 21, failed: 0, unknown: 0 })
    expect((await campaign('dead-risky')).counts).toEqual({ pending: 0, sent: 0, failed: 0, unknown: 21 })
  })

  it('a channel that throws leaves messages unknown where a second attempt might reach twice', async () => {
    await put('broken', 'broken')
    await send('broken')
    await sendAll()
    expect((await campaign('broken')).counts).toMatchObject({ unknown: 21, pending: 0 })
  })

  it('a template that fails for a person fails that message with the reason', async () => {
    await put('failing', 'safe', "{% if {{${first_name}}} %}ok{% else %}{% include 'x' %}{% endif %}")
    await send('failing')
    await sendAll()
    expect((await campaign('failing')).counts).toMatchObject({ sent: 20, failed: 1 })
    const story = await handlers().getUserStory({ params: {}, query: { user: 'user-0' }, body: {} })
    expect(story.messages.find((m) => m.source === 'campaign:failing')).toMatchObject({ status: 'failed' })
    expect(story.memberships).toMatchObject([
      { cohort_id: 'vips', matched_by: { kind: 'external_id', value: 'user-0', fate: 'added' } },
    ])
    expect(story.imports).toMatchObject([{ value: 'user-0', fate: 'added' }])
    expect(story.segments).toMatchObject([{ name: 'vips', member: true, why: { holds: true } }])
  })

  it('a definition is refused that names what is not there, or whose template does not parse', async () => {
    await expect(put('bad', 'pigeon')).rejects.toThrow('there is no channel "pigeon"')
    await expect(put('bad', 'safe', 'a\n{% nope %}')).rejects.toMatchObject({
      details: [{ where: 'message.body, line 2, column 1' }],
    })
    const body = { segment: 'nobody', message: { channel: 'safe', subject: '', body: 'x' } }
    await expect(handlers().putCampaign({ params: { name: 'bad' }, query: {}, body })).rejects.toThrow(
      'no segment',
    )
    await expect(send('nothing')).rejects.toThrow('there is no campaign')
    const filter = { kind: 'cohort', partner: 'hightouch', cohort_id: 'VIPs', operator: 'includes' } as const
    await expect(
      handlers().putSegment({ params: { name: 'x' }, query: {}, body: { filter } }),
    ).rejects.toMatchObject({ code: 'unknown_cohort', hint: expect.stringContaining('vips') })
  })

  it('a Canvas takes everybody through its steps once, by its own clock', async () => {
    const message = (body: string) => ({ channel: 'safe', subject: '', body })
    const before = safe.came.size
    await handlers().putCanvas({
      params: { name: 'welcome' },
      query: {},
      body: {
        segment: 'vips',
        steps: [
          { kind: 'message', id: 'hello', message: message('one') },
          { kind: 'delay', id: 'wait', for: '2d' },
          { kind: 'message', id: 'again', message: message('two') },
        ],
      },
    })
    const launch = () => handlers().launchCanvas({ params: { name: 'welcome' }, query: {}, body: {} })
    expect((await launch()).entering).toBe(21)
    expect((await launch()).entering).toBe(0)
    await Promise.all([advanceEntries(database.half, now), advanceEntries(database.half, now)])
    await sendAll()
    const canvas = () => handlers().getCanvas({ params: { name: 'welcome' }, query: {}, body: {} })
    expect(await canvas()).toMatchObject({ entered: 21, waiting: 21, finished: 0, counts: { sent: 21 } })
    now += 2 * 86_400_000 - 1
    expect(await advanceEntries(database.half, now)).toBe(0)
    now += 1
    await advanceEntries(database.half, now)
    await sendAll()
    expect(await canvas()).toMatchObject({ waiting: 0, finished: 21, counts: { sent: 42 } })
    expect(safe.came.size - before).toBe(42)
  })

  it('looks a user up in a segment with the reason, and sizes it exactly', async () => {
    const request = { params: { name: 'vips' }, query: { user: 'user-29' }, body: {} }
    expect(await handlers().lookUpInSegment(request)).toMatchObject({
      user: { external_id: 'user-29' },
      member: false,
      why: { filter: 'Hightouch Cohorts includes "vips"', holds: false },
    })
    expect(await handlers().sizeSegment({ params: { name: 'vips' }, query: {}, body: {} })).toMatchObject({
      size: 21,
    })
  })
})
