import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'
import pg from 'pg'
import type { Stage } from './bench.ts'

/** A PostgreSQL of the bench's own, as Muster starts it: settings and durability are the product's. */
export async function startDatabase(stage: Stage): Promise<{ readonly url: string; readonly pool: pg.Pool }> {
  const directory = join(stage.directory, 'database')
  await mkdir(directory)
  stage.defer(() => removeEmbeddedPostgres(directory))
  const postgres = await startEmbeddedPostgres(directory)
  stage.defer(postgres.stop)
  const pool = new pg.Pool({
    connectionString: postgres.url,
    max: 8,
    options: '-c plan_cache_mode=force_generic_plan',
  })
  // PostgreSQL may end a connection before the pool has let go of it.
  pool.on('error', () => {})
  stage.defer(() => pool.end())
  return { url: postgres.url, pool }
}

export function externalId(number: number): string {
  return `customer-${String(number).padStart(9, '0')}`
}

/** Fills the store with identified profiles 1…n. By SQL, for through HTTP it would take longer than the bench. */
export async function fillProfiles(pool: pg.Pool, profiles: number): Promise<void> {
  await pool.query(
    `insert into engage.profile (workspace_id, external_id, first_name, country, custom_attributes, created_at, updated_at)
     select 1, 'customer-' || lpad(n::text, 9, '0'), 'Lucía', 'ES', '{"plan": "gold", "points": 12}', now(), now()
     from generate_series(1, $1::int) n`,
    [profiles],
  )
  await pool.query('vacuum analyze engage.profile')
}

/** Gives each identified profile an alias whose name is its external_id. */
export async function fillAliases(pool: pg.Pool): Promise<void> {
  await pool.query(
    `insert into engage.alias (workspace_id, label, name, profile_id)
     select 1, 'crm', external_id, profile_id from engage.profile where external_id is not null`,
  )
  await pool.query('vacuum analyze engage.alias')
}

export function deviceId(number: number): string {
  return `device-${String(number).padStart(9, '0')}`
}

/** Adds anonymous profiles, each with a device: 1…n. */
export async function fillDevices(pool: pg.Pool, devices: number): Promise<void> {
  await pool.query(
    `with made as (
       insert into engage.profile (workspace_id, created_at, updated_at)
       select 1, now(), now() from generate_series(1, $1::int)
       returning profile_id)
     insert into engage.device (workspace_id, device_id, profile_id)
     select 1, 'device-' || lpad((row_number() over ())::text, 9, '0'), profile_id from made`,
    [devices],
  )
  await pool.query('vacuum analyze engage.profile, engage.device')
}
