import type { UserKey } from '@muster/core/engage/track.ts'
import { transient } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { findContacts, findProfileIds, type Priority } from './find-profiles.ts'
import { lockSessions } from './lifecycle-lock.ts'
import { type MergePair, mergeProfiles } from './merge-profiles.ts'
import { lockProfiles } from './profile-store.ts'
import { retryMoved } from './retry-moved.ts'
import { workspaceId } from './workspace.ts'

/** Two users who are one: `from` is taken into `into` and goes. */
export interface Join {
  readonly from: UserKey
  readonly into: UserKey
  /** Which user an email or phone in `from` means; absent: as `/users/track` chooses. */
  readonly order?: readonly Priority[]
  /**
   * As `/users/identify` wants it: only a user without an external_id is taken in, none whose alias the other has under
   * the same label, and where nobody has the external_id of `into`, `from` is given it.
   */
  readonly identifies: boolean
  /** What `from` says goes over too. */
  readonly withContents: boolean
}

/**
 * Joins users, in their order; who is not there or is the same already is left as it is. Joins that have no user in
 * common go through together.
 */
export async function joinUsers(database: Database, joins: readonly Join[], now: Instant): Promise<void> {
  await retryMoved(() =>
    database.transaction(async (tx) => {
      await lockSessions(tx, joins.flatMap(externalIdsOf))
      let rest = joins
      while (rest.length > 0) {
        const { found, later } = await nextWave(tx, rest)
        await applyWave(tx, found, now)
        rest = later
      }
    }),
  )
}

function externalIdsOf({ from, into }: Join): string[] {
  return [from, into].flatMap((user) => (user.kind === 'external_id' ? [`user:${user.value}`] : []))
}

interface Found {
  readonly join: Join
  readonly from: number
  readonly into: number | null
}

/** The joins whose users no join before them names, by whatever key; and the others. */
async function nextWave(
  tx: Queryable,
  joins: readonly Join[],
): Promise<{ readonly found: readonly Found[]; readonly later: readonly Join[] }> {
  const fromIds = await findProfileIds(
    tx,
    joins.map(({ from }) => from),
  )
  const chosen = await findContacts(tx, contactsOf(joins))
  const intoIds = await findProfileIds(
    tx,
    joins.map(({ into }) => into),
  )
  const taken = new Set<string>()
  const found: Found[] = []
  const later: Join[] = []
  for (const [place, join] of joins.entries()) {
    const isChosen = join.order !== undefined && join.from.kind !== 'alias'
    const from = (isChosen ? chosen : fromIds).get(place) ?? null
    const into = intoIds.get(place) ?? null
    const touched = [...externalIdsOf(join), ...[from, into].flatMap((id) => (id === null ? [] : [`${id}`]))]
    const isFree = touched.every((name) => !taken.has(name))
    for (const name of touched) taken.add(name)
    if (!isFree) later.push(join)
    else if (from !== null && from !== into) found.push({ join, from, into })
  }
  return { found, later }
}

function contactsOf(joins: readonly Join[]) {
  return joins.flatMap(({ from, order }, place) =>
    order !== undefined && (from.kind === 'email' || from.kind === 'phone')
      ? [{ kind: from.kind, value: from.value, place, order }]
      : [],
  )
}

async function applyWave(tx: Queryable, found: readonly Found[], now: Instant): Promise<void> {
  const merges: Found[] = []
  const names: { readonly profileId: number; readonly externalId: string }[] = []
  // Both of each pair, before a merge takes the life lock: rows come first everywhere.
  const locked = await lockProfiles(
    tx,
    found.flatMap(({ from, into }) => (into === null ? [from] : [from, into])),
  )
  const rows = new Map(locked.map((row) => [row.profile_id, row]))
  for (const one of found) {
    const { join, from, into } = one
    const isIdentified = (rows.get(from)?.external_id ?? null) !== null
    if (join.identifies && isIdentified) continue
    if (into !== null) merges.push(one)
    else if (join.identifies && join.into.kind === 'external_id') {
      names.push({ profileId: from, externalId: join.into.value })
    }
  }
  await nameProfiles(tx, names, now)
  await mergeProfiles(tx, await withoutTakenLabels(tx, merges), now)
}

async function nameProfiles(
  tx: Queryable,
  names: readonly { readonly profileId: number; readonly externalId: string }[],
  now: Instant,
): Promise<void> {
  if (names.length === 0) return
  const rows = await tx.rows(sql`
    update engage.profile p set external_id = n.external_id, updated_at = ${new Date(now)}
    from unnest(${names.map((n) => n.profileId)}::bigint[], ${names.map((n) => n.externalId)}::text[])
      as n (profile_id, external_id)
    where p.workspace_id = ${workspaceId} and p.profile_id = n.profile_id and p.external_id is null
    returning p.profile_id`)
  if (rows.length < names.length) throw transient('profile_moved', 'another request identified the profile')
}

/** An alias user is not identified as somebody who has another alias of that label (braze.md B.4). */
async function withoutTakenLabels(tx: Queryable, merges: readonly Found[]): Promise<MergePair[]> {
  const pairs = merges.flatMap(({ join, from, into }) => {
    const label = join.identifies && join.from.kind === 'alias' ? join.from.label : null
    return into === null ? [] : [{ from, into, label, withContents: join.withContents }]
  })
  const taken = await tx.rows<{ place: number }>(sql`
    select i.place from unnest(${pairs.map((p) => p.into)}::bigint[], ${pairs.map((p) => p.label)}::text[])
      with ordinality as i (profile_id, label, place)
    join engage.alias a on a.workspace_id = ${workspaceId} and a.profile_id = i.profile_id and a.label = i.label`)
  const places = new Set(taken.map(({ place }) => place - 1))
  return pairs.filter((_, place) => !places.has(place))
}
