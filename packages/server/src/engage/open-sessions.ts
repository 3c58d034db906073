import { applyAttributes, type ProfileContent } from '@muster/core/engage/attributes.ts'
import { decideSession, type SessionMove } from '@muster/core/engage/session.ts'
import type { OpenedSession } from '@muster/core/engage/track.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { transient } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { lockSessions } from './lifecycle-lock.ts'
import { type MergePair, mergeProfiles } from './merge-profiles.ts'
import { contentOf, lockProfiles, writeContents } from './profile-store.ts'
import { retryMoved } from './retry-moved.ts'
import { workspaceId } from './workspace.ts'

/**
 * Opens sessions of devices, in their order; returns the braze_id of each device's user afterwards. Sessions that have
 * nothing in common go through together, one statement for each kind of change.
 */
export async function openSessions(
  database: Database,
  sessions: readonly OpenedSession[],
  now: Instant,
): Promise<readonly string[]> {
  if (sessions.length === 0) return []
  return retryMoved(async () => {
    const current = await withCurrentIds(database, sessions)
    return database.transaction(async (tx) => {
      await lockSessions(tx, current.flatMap(namesOf))
      // A rename takes the same locks: from here on no other id becomes a deprecated one.
      if ((await deprecatedIds(tx, current)).size > 0) throw transient('user_renamed', 'the user was renamed')
      let rest = current
      while (rest.length > 0) {
        const { wave, later } = await nextWave(tx, rest)
        await applyWave(tx, wave, now)
        rest = later
      }
      return brazeIdsOf(tx, current)
    })
  })
}

/** The sessions with the ids that users were renamed to. */
async function withCurrentIds(
  database: Queryable,
  sessions: readonly OpenedSession[],
): Promise<readonly OpenedSession[]> {
  const renamed = await deprecatedIds(database, sessions)
  if (renamed.size === 0) return sessions
  return sessions.map((session) =>
    session.userId === null ? session : { ...session, userId: renamed.get(session.userId) ?? session.userId },
  )
}

/** Of the ids of these users, those that are deprecated, with the current ones. */
async function deprecatedIds(
  database: Queryable,
  sessions: readonly OpenedSession[],
): Promise<ReadonlyMap<string, string>> {
  const userIds = sessions.flatMap((session) => (session.userId === null ? [] : [session.userId]))
  const rows = await database.rows<{ deprecated: string; current: string }>(sql`
    select d.external_id as deprecated, p.external_id as current
    from engage.deprecated_external_id d
    join engage.profile p on p.workspace_id = d.workspace_id and p.profile_id = d.profile_id
    where d.workspace_id = ${workspaceId} and d.external_id = any(${userIds}::text[])
      and p.external_id is not null`)
  return new Map(rows.map((row) => [row.deprecated, row.current]))
}

function namesOf({ deviceId, userId }: OpenedSession): string[] {
  return userId === null ? [`device:${deviceId}`] : [`device:${deviceId}`, `user:${userId}`]
}

interface Planned {
  readonly session: OpenedSession
  readonly move: SessionMove
}

/** The sessions that share no device, user or profile with one before them, with what each changes; and the others. */
async function nextWave(
  tx: Queryable,
  sessions: readonly OpenedSession[],
): Promise<{ readonly wave: readonly Planned[]; readonly later: readonly OpenedSession[] }> {
  const state = await readState(tx, sessions)
  const taken = new Set<string>()
  const wave: Planned[] = []
  const later: OpenedSession[] = []
  for (const session of sessions) {
    const { deviceId, userId } = session
    const device = state.devices.get(deviceId) ?? null
    const profileId = userId === null ? null : (state.users.get(userId) ?? null)
    const touched = [
      ...namesOf(session),
      ...(device ? [`profile:${device.profileId}`] : []),
      ...(profileId === null ? [] : [`profile:${profileId}`]),
    ]
    const isFree = touched.every((name) => !taken.has(name))
    for (const name of touched) taken.add(name)
    if (!isFree) later.push(session)
    else {
      const user = userId === null ? null : { externalId: userId, profileId }
      wave.push({ session, move: decideSession({ device, user }) })
    }
  }
  return { wave, later }
}

interface State {
  readonly devices: ReadonlyMap<string, { readonly profileId: number; readonly externalId: string | null }>
  readonly users: ReadonlyMap<string, number>
}

async function readState(tx: Queryable, sessions: readonly OpenedSession[]): Promise<State> {
  const deviceIds = sessions.map((session) => session.deviceId)
  const userIds = sessions.flatMap((session) => (session.userId === null ? [] : [session.userId]))
  const rows = await tx.rows<{
    profile_id: number
    external_id: string | null
    device_id: string | null
  }>(sql`
    select p.profile_id, p.external_id, d.device_id
    from engage.profile p
    left join engage.device d on d.workspace_id = p.workspace_id and d.profile_id = p.profile_id
      and d.device_id = any(${deviceIds}::text[])
    where p.workspace_id = ${workspaceId} and p.profile_id in (
      select profile_id from engage.device
      where workspace_id = ${workspaceId} and device_id = any(${deviceIds}::text[])
      union
      select profile_id from engage.profile
      where workspace_id = ${workspaceId} and external_id = any(${userIds}::text[]))
    order by p.profile_id for update of p`)
  return {
    devices: new Map(
      rows.flatMap(({ device_id, profile_id, external_id }) =>
        device_id === null ? [] : [[device_id, { profileId: profile_id, externalId: external_id }]],
      ),
    ),
    users: new Map(
      rows.flatMap(({ external_id, profile_id }) =>
        external_id === null ? [] : [[external_id, profile_id]],
      ),
    ),
  }
}

interface Changes {
  readonly create: { deviceId: string; externalId: string | null }[]
  readonly attach: { deviceId: string; profileId: number }[]
  readonly identify: { profileId: number; externalId: string }[]
  readonly merge: MergePair[]
}

async function applyWave(tx: Queryable, wave: readonly Planned[], now: Instant): Promise<void> {
  const changes = sortOut(wave)
  await createForDevices(tx, changes.create, now)
  await attachDevices(tx, changes.attach)
  await identifyInPlace(tx, changes.identify, now)
  await mergeProfiles(tx, changes.merge, now)
  const sessions = wave.map(({ session }) => session)
  const profiles = await recordSessions(tx, sessions, now)
  await applySessionAttributes(tx, { sessions, profiles, now })
}

function sortOut(wave: readonly Planned[]): Changes {
  const changes: Changes = { create: [], attach: [], identify: [], merge: [] }
  for (const { session, move } of wave) {
    const { deviceId } = session
    switch (move.kind) {
      case 'stay':
        break
      case 'create':
        changes.create.push({ deviceId, externalId: move.externalId })
        break
      case 'attach':
        changes.attach.push({ deviceId, profileId: move.profileId })
        break
      case 'identify':
        changes.identify.push(move)
        break
      case 'merge':
        changes.merge.push(move)
        break
      default:
        assertNever(move)
    }
  }
  return changes
}

async function createForDevices(tx: Queryable, create: Changes['create'], now: Instant): Promise<void> {
  if (create.length === 0) return
  await tx.rows(sql`
    with wanted as (
      select nextval('engage.profile_number') as profile_id, n.device_id, n.external_id
      from unnest(${create.map((c) => c.deviceId)}::text[], ${create.map((c) => c.externalId)}::text[])
        as n (device_id, external_id)
    ), profile as (
      insert into engage.profile (workspace_id, profile_id, external_id, created_at, updated_at)
      select ${workspaceId}, profile_id, external_id, ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz
      from wanted order by external_id
    )
    insert into engage.device (workspace_id, device_id, profile_id)
    select ${workspaceId}, device_id, profile_id from wanted order by device_id
    on conflict (workspace_id, device_id) do update set profile_id = excluded.profile_id`)
}

async function attachDevices(tx: Queryable, attach: Changes['attach']): Promise<void> {
  if (attach.length === 0) return
  await tx.rows(sql`
    insert into engage.device (workspace_id, device_id, profile_id)
    select ${workspaceId}, n.device_id, n.profile_id
    from unnest(${attach.map((a) => a.deviceId)}::text[], ${attach.map((a) => a.profileId)}::bigint[])
      as n (device_id, profile_id)
    order by n.device_id
    on conflict (workspace_id, device_id) do update set profile_id = excluded.profile_id`)
}

async function identifyInPlace(tx: Queryable, identify: Changes['identify'], now: Instant): Promise<void> {
  if (identify.length === 0) return
  const rows = await tx.rows<{ profile_id: number }>(sql`
    update engage.profile p set external_id = n.external_id, updated_at = ${new Date(now)}
    from unnest(${identify.map((i) => i.profileId)}::bigint[], ${identify.map((i) => i.externalId)}::text[])
      as n (profile_id, external_id)
    where p.workspace_id = ${workspaceId} and p.profile_id = n.profile_id and p.external_id is null
    returning p.profile_id`)
  if (rows.length < identify.length)
    throw transient('profile_moved', 'another request identified the profile')
}

/** Writes one session a device; returns the profile of each device. */
async function recordSessions(
  tx: Queryable,
  sessions: readonly OpenedSession[],
  now: Instant,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.rows<{ device_id: string; profile_id: number }>(sql`
    insert into engage.session (workspace_id, profile_id, device_id, at)
    select d.workspace_id, d.profile_id, d.device_id, ${new Date(now)}::timestamptz
    from engage.device d
    where d.workspace_id = ${workspaceId} and d.device_id = any(${sessions.map((s) => s.deviceId)}::text[])
    returning device_id, profile_id`)
  if (rows.length < sessions.length) throw transient('device_moved', 'another request changed the device')
  return new Map(rows.map((row) => [row.device_id, row.profile_id]))
}

interface SessionAttributes {
  readonly sessions: readonly OpenedSession[]
  readonly profiles: ReadonlyMap<string, number>
  readonly now: Instant
}

async function applySessionAttributes(
  tx: Queryable,
  { sessions, profiles, now }: SessionAttributes,
): Promise<void> {
  const withAttributes = sessions.filter(({ attributes }) => attributes.size > 0)
  if (withAttributes.length === 0) return
  const ids = withAttributes.map(({ deviceId }) => profiles.get(deviceId) ?? 0)
  const rows = new Map((await lockProfiles(tx, ids)).map((row) => [row.profile_id, row]))
  const changed = new Map<number, ProfileContent>()
  for (const [place, { attributes }] of withAttributes.entries()) {
    const row = rows.get(ids[place] ?? 0)
    if (row) changed.set(row.profile_id, applyAttributes(contentOf(row), attributes, { now }))
  }
  await writeContents(tx, changed, now)
}

async function brazeIdsOf(tx: Queryable, sessions: readonly OpenedSession[]): Promise<string[]> {
  const rows = await tx.rows<{ braze_id: string }>(sql`
    select p.braze_id
    from unnest(${sessions.map((s) => s.deviceId)}::text[]) with ordinality as n (device_id, place)
    join engage.device d on d.workspace_id = ${workspaceId} and d.device_id = n.device_id
    join engage.profile p on p.workspace_id = d.workspace_id and p.profile_id = d.profile_id
    order by n.place`)
  return rows.map((row) => row.braze_id)
}
