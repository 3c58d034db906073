import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { fates } from '@muster/core/engage/membership.ts'
import { z } from 'zod'
import { guideOf } from '../../../../examples/shop/person.ts'
import { openShop, type Shop } from '../../../../examples/shop/shop.ts'
import {
  cohortMembers,
  type RunTruth,
  sumOfFates,
  type Truth,
  truthOf,
} from '../../../../examples/shop/truth.ts'
import { writeWarehouse } from '../../../../examples/shop/warehouse.ts'
import { count } from '../output.ts'
import { type CommandLine, createCommandLine, postJson } from './command-line.ts'
import { type Figures, stopwatch } from './figures.ts'
import { loadProfiles } from './load-profiles.ts'
import type { Narrator } from './narrator.ts'

export interface WalkOptions {
  readonly client: Client<Routes>
  readonly address: string
  readonly dataDirectory: string
  readonly members: number
  readonly narrator: Narrator
}

interface Walk extends WalkOptions {
  readonly shop: Shop
  readonly truth: Truth
  readonly cli: CommandLine
  readonly warehouse: string
  readonly restKey: string
  readonly figures: Figures
  readonly timed: ReturnType<typeof stopwatch>
}

const project = join(import.meta.dirname, '../../../../examples/shop/project')
const partner = 'hightouch'
/** The name that examples/shop/project/syncs/lapsed-vips.yaml gives its cohort. */
const cohortName = 'Lapsed VIPs'
const springCohort = 'spring-buyers-2026'

/**
 * The whole way, each step through what a user would use: the command line, Braze's paths, the admin API behind the web
 * app. Every figure is held against the shop's own truth; a difference ends the walk.
 */
export async function walkTheWay(options: WalkOptions): Promise<Figures> {
  const walk = await openTheShop(options)
  const { timed, figures } = walk
  await timed('profiles', () => peopleArrive(walk))
  await timed('partner', () => openThePartnerPage(walk))
  await timed('sync_setup', () => describeTheSync(walk))
  await timed('run1', () => planAndApply(walk))
  await timed('run2', () => peopleChange(walk))
  await timed('second_sync', () => updateAnExistingCohort(walk))
  await timed('segment', () => buildTheSegment(walk))
  await timed('campaign', () => sendTheCampaign(walk))
  await timed('canvas', () => walkTheCanvas(walk))
  await timed('why', () => askWhy(walk))
  figures.checked = options.narrator.checked()
  return figures
}

async function openTheShop(options: WalkOptions): Promise<Walk> {
  const { narrator, members, dataDirectory } = options
  const seconds: Record<string, number> = {}
  const timed = stopwatch(seconds)
  narrator.step('The sample shop')
  const shop = openShop({ members })
  const warehouse = join(dataDirectory, 'shop', 'shop.duckdb')
  await mkdir(join(dataDirectory, 'shop'), { recursive: true })
  narrator.progress('writing the warehouse')
  await timed('warehouse', () => writeWarehouse(shop, 1, warehouse))
  const truth = await timed('truth', async () => truthOf(shop))
  const cli = createCommandLine(dataDirectory, narrator)
  cli.set('SHOP_WAREHOUSE', warehouse)
  const { api_key } = await cli.ask(
    z.object({ api_key: z.string() }),
    'keys',
    'create',
    '--rest',
    '--name',
    'demo',
  )
  narrator.line(
    `A DuckDB warehouse of ${count(shop.people)} people, and the same people as users of Braze’s part.`,
  )
  const none = { added: 0, removed: 0, unchanged: 0 }
  const noFates = {
    ids: 0,
    added: 0,
    already_in: 0,
    removed: 0,
    not_in: 0,
    unknown: 0,
    device_of_identified: 0,
  }
  const figures: Figures = {
    members,
    run1: none,
    run2: none,
    spring: none,
    cohort: { cohort_id: '', members: 0 },
    import: noFates,
    segment: { size: 0 },
    campaign: { sent: 0 },
    canvas: { entered: 0, sent: 0 },
    checked: 0,
    address: options.address,
    guide: guideOf(shop).names.customerId,
    seconds,
  }
  return { ...options, shop, truth, cli, warehouse, restKey: api_key, figures, timed }
}

async function peopleArrive(walk: Walk): Promise<void> {
  const requests = await loadProfiles({ ...walk, day: 1 }, walk.narrator)
  const { users, identified } = await walk.client.countUsers()
  walk.narrator.line(
    `${count(requests)} requests to /users/track, /users/alias/new and /sdk/session made ${count(users)} users, ${count(identified)} of them identified.`,
  )
}

const PartnerKeys = z.object({
  rest_endpoint: z.string(),
  partner_api_key: z.string(),
  data_import_key: z.string(),
})

async function openThePartnerPage({ client, cli, narrator, address }: Walk): Promise<void> {
  narrator.step('Engage: the partner page, and its keys')
  const first = await cli.ask(PartnerKeys, 'keys', 'create', '--partner', partner)
  const page = await client.getPartner({ params: { slug: partner } })
  narrator.line(`${page.title} is enabled; its REST endpoint is ${page.rest_endpoint}.`)
  const second = await client.createDataImportKey({ params: { slug: partner }, body: { name: 'second' } })
  narrator.line(`A second data import key was made, shown once: ${second.info.masked}`)
  const live = (await client.getPartner({ params: { slug: partner } })).data_import_keys
  const old = live.find((key) => key.id !== second.info.id)
  if (old) await cli.show('keys', 'invalidate', old.id)
  const call = (secret: string) =>
    postJson(address, `/partners/${partner}/cohorts/users`, {
      partner_api_key: first.partner_api_key,
      client_secret: secret,
      cohort_id: 'nobody',
      cohort_changes: [],
    })
  const refused = await call(first.data_import_key)
  narrator.expect('the invalidated key', refused, { status: 401, message: 'Invalid client secret' })
  narrator.expect('the second key', await call(second.key), { status: 201, message: 'success' })
  narrator.line(
    `From the next request on the first answers ${refused.status} ${refused.message}; the second works.`,
  )
  cli.set('MUSTER_REST_ENDPOINT', page.rest_endpoint)
  cli.set('HIGHTOUCH_PARTNER_KEY', first.partner_api_key)
  cli.set('HIGHTOUCH_DATA_IMPORT_KEY', second.key)
  await postJson(address, `/partners/${partner}/cohorts`, {
    partner_api_key: first.partner_api_key,
    client_secret: second.key,
    cohort_id: springCohort,
    name: 'Spring buyers 2026',
    created_at: '2026-06-01T09:00:00+02:00',
  })
}

async function describeTheSync({ client, cli, narrator }: Walk): Promise<void> {
  narrator.step('Sync: source, model, destination and syncs from project files')
  await cli.show('deploy', '--project', project, '--only', 'sources,models,destinations,syncs')
  const source = await client.checkSource({ params: { name: 'shop' } })
  const destination = await client.checkDestination({ params: { name: 'braze' } })
  narrator.expect('the source', source.ok, true)
  narrator.expect('the destination', destination.ok, true)
  narrator.line(`Source: ${source.message}`)
  narrator.line(`Destination: ${destination.message}`)
}

const PlanAnswer = z.object({
  verdict: z.string(),
  added: z.int(),
  removed: z.int(),
  unchanged: z.int(),
  reasserted: z.int(),
  requests: z.int(),
  rows: z.record(z.string(), z.int()),
})
type PlanAnswer = z.infer<typeof PlanAnswer>
const RunAnswer = PlanAnswer.extend({
  status: z.string(),
  accepted: z.int(),
  rejected: z.int(),
  pending: z.int(),
})

function expectPlan(narrator: Narrator, name: string, plan: PlanAnswer, truth: RunTruth): void {
  const { added, removed, unchanged, reasserted, rows } = plan
  const { read, members, null: none, invalid, duplicate } = truth.rows
  narrator.expect(
    name,
    {
      added,
      removed,
      unchanged,
      reasserted,
      rows: [rows.read, rows.members, rows.null, rows.invalid, rows.duplicate],
    },
    {
      added: truth.added,
      removed: truth.removed,
      unchanged: truth.unchanged,
      reasserted: truth.reasserted,
      rows: [read, members, none, invalid, duplicate],
    },
  )
}

function sayPlan(narrator: Narrator, { added, removed, unchanged, rows, requests }: PlanAnswer): void {
  narrator.line(
    `${count(added)} added, ${count(removed)} removed, ${count(unchanged)} unchanged; ${count(requests)} requests.`,
  )
  narrator.line(
    `${count(rows.read ?? 0)} rows = ${count(rows.members ?? 0)} members + ${count(rows.null ?? 0)} without identifier + ${count(rows.invalid ?? 0)} invalid + ${count(rows.duplicate ?? 0)} duplicate.`,
  )
}

async function planAndApply(walk: Walk): Promise<void> {
  const { cli, narrator, truth, figures } = walk
  narrator.step('Plan, look, apply')
  const plan = await cli.ask(PlanAnswer, 'plan', 'lapsed-vips')
  expectPlan(narrator, 'the first plan', plan, truth.run1)
  sayPlan(narrator, plan)
  const run = await cli.ask(RunAnswer, 'apply', 'lapsed-vips')
  narrator.expect(
    'the first run',
    [run.status, run.accepted, run.rejected, run.pending],
    ['done', plan.added, 0, 0],
  )
  narrator.line(`Applied: ${count(run.accepted)} accepted, ${run.rejected} rejected, ${run.pending} pending.`)
  const again = await cli.ask(PlanAnswer, 'plan', 'lapsed-vips')
  narrator.expect('the second plan', [again.verdict, again.added, again.removed], ['empty', 0, 0])
  narrator.line('A second plan is empty.')
  figures.run1 = { added: plan.added, removed: plan.removed, unchanged: plan.unchanged }
  await expectCohort(walk, 1)
}

async function peopleChange(walk: Walk): Promise<void> {
  const { cli, narrator, truth, figures, shop, warehouse } = walk
  narrator.step('People change; the next run sends the difference')
  await writeWarehouse(shop, 2, warehouse)
  await loadProfiles({ ...walk, day: 2 }, narrator)
  const run = await cli.ask(RunAnswer, 'run', 'lapsed-vips')
  expectPlan(narrator, 'the second run', run, truth.run2)
  sayPlan(narrator, run)
  narrator.expect('its delivery', [run.status, run.accepted], ['done', run.added + run.removed])
  narrator.line(
    `${count(run.reasserted)} of the additions were asserted again: their row changed its identifier.`,
  )
  figures.run2 = { added: run.added, removed: run.removed, unchanged: run.unchanged }
  await expectCohort(walk, 2)
}

/** The cohort has exactly the members that it must have, and every id of its imports met the fate that it must meet. */
async function expectCohort({ client, narrator, truth, figures, shop }: Walk, day: 1 | 2): Promise<void> {
  const cohort = (await client.listCohorts({ query: { partner } })).find((c) => c.name === cohortName)
  const params = { partner, cohort_id: cohort?.cohort_id ?? '' }
  const { members, imports } = await client.getCohort({ params })
  const expected = sumOfFates(day === 1 ? [truth.run1] : [truth.run1, truth.run2])
  const { requests: _, ...sums } = imports
  narrator.expect('the cohort’s members', members, day === 1 ? truth.run1.members : truth.run2.members)
  for (const name of ['ids', ...fates] as const) narrator.expect(`ids ${name}`, sums[name], expected[name])
  if (members <= 50_000) {
    const identified: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await client.listCohortMembers({ params, query: { limit: 1_000, after } })
      identified.push(...page.members.flatMap((member) => member.external_id ?? []))
      if (page.next === null) break
      after = page.next
    }
    const wanted = [...cohortMembers(shop, day)].filter((user) => !/^(alias|device):/.test(user))
    narrator.expect('the cohort’s identified members', identified.sort(), wanted.sort())
  }
  narrator.line(
    `The cohort “${cohortName}” has exactly its ${count(members)} members. Of ${count(sums.ids)} ids: ${fates.map((fate) => `${count(sums[fate])} ${fate.replaceAll('_', ' ')}`).join(', ')}.`,
  )
  figures.cohort = { cohort_id: params.cohort_id, members }
  figures.import = sums
}

async function updateAnExistingCohort({ cli, client, narrator, truth, figures }: Walk): Promise<void> {
  narrator.step('A second sync updates a cohort that another sender had created')
  const run = await cli.ask(RunAnswer, 'run', 'spring-buyers')
  expectPlan(narrator, 'the run of spring-buyers', run, truth.spring)
  sayPlan(narrator, run)
  const cohort = await client.getCohort({ params: { partner, cohort_id: springCohort } })
  narrator.expect('the members of the existing cohort', cohort.members, truth.spring.members)
  narrator.expect('its name', cohort.name, 'Spring buyers 2026')
  figures.spring = { added: run.added, removed: run.removed, unchanged: run.unchanged }
}

async function buildTheSegment({ cli, client, narrator, truth, figures, shop }: Walk): Promise<void> {
  narrator.step('Engage: a segment with the filter Hightouch Cohorts')
  await cli.show('deploy', '--project', project, '--only', 'segments')
  const name = 'lapsed-vips-spain'
  const segment = await client.getSegment({ params: { name } })
  narrator.line(segment.description)
  const { size } = await cli.ask(z.object({ size: z.int() }), 'segments', 'size', name)
  narrator.expect('the segment’s size', size, truth.run2.inSegment)
  narrator.line(`Exactly ${count(size)} users.`)
  figures.segment = { size }
  await cli.show('segments', 'lookup', name, guideOf(shop).names.customerId)
}

async function sendTheCampaign({ cli, client, narrator, truth, figures }: Walk): Promise<void> {
  narrator.step('A campaign, sent now to who is in the segment now')
  await cli.show('deploy', '--project', project, '--only', 'campaigns,canvases')
  const { sent } = await cli.ask(z.object({ sent: z.int() }), 'campaigns', 'send', 'come-back')
  narrator.expect('the campaign’s messages', sent, truth.run2.inSegment)
  const [message] = await client.listInbox({ query: { source: 'campaign:come-back', limit: 1 } })
  narrator.line(`${count(sent)} messages in the inbox, one each, such as: ${message?.subject ?? ''}`)
  figures.campaign = { sent }
}

async function walkTheCanvas({ cli, client, narrator, truth, figures }: Walk): Promise<void> {
  narrator.step('A Canvas: message, delay, message')
  const params = { name: 'welcome-back' }
  const { entered } = await cli.ask(z.object({ entered: z.int() }), 'canvases', 'launch', params.name)
  narrator.expect('who entered the Canvas', entered, truth.run2.inSegment)
  let canvas = await client.getCanvas({ params })
  while (canvas.waiting > 0 || canvas.counts.pending > 0) {
    narrator.progress(`${canvas.waiting} waiting, ${canvas.counts.sent} sent`)
    await sleep(200)
    canvas = await client.getCanvas({ params })
  }
  narrator.expect('the Canvas’s messages', canvas.counts.sent, 2 * truth.run2.inSegment)
  narrator.line(
    `${count(canvas.entered)} entered, ${count(canvas.finished)} finished, ${count(canvas.counts.sent)} messages sent.`,
  )
  figures.canvas = { entered: canvas.entered, sent: canvas.counts.sent }
}

async function askWhy({ cli, client, narrator, shop }: Walk): Promise<void> {
  narrator.step('Why did this person get that?')
  const guide = guideOf(shop)
  const user = guide.names.customerId
  await cli.show('why', user)
  const messages = await client.listInbox({ query: { user, limit: 10 } })
  narrator.expect('the messages of this person', messages.length, 3)
  narrator.expect(
    'their greeting',
    messages.every((m) => m.body.includes(`Hi ${guide.firstName},`)),
    true,
  )
}
