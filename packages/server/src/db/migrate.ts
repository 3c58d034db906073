import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { conflict, denied } from '@muster/core/lib/error.ts'
import { type Database, type Queryable, sqlState } from './database.ts'
import { sql } from './sql.ts'

export type Half = 'sync' | 'engage'

const folder = join(import.meta.dirname, '../../migrations')

/**
 * Brings both halves' schemas to this version: forward only, each file once, all of a start in one transaction under
 * a lock, so that two servers that start together do not race. Refuses a database that a newer Muster has migrated.
 */
export async function migrate(
  database: Database,
  halves: readonly Half[] = ['sync', 'engage'],
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.rows(sql`select pg_advisory_xact_lock(7309447601)`)
    await createLedger(tx)
    await createRoles(tx).catch(explainRights)
    for (const half of halves) await migrateHalf(tx, half)
  })
}

async function migrateHalf(tx: Queryable, half: Half): Promise<void> {
  const files = (await readdir(join(folder, half))).filter((file) => file.endsWith('.sql')).sort()
  const done = await appliedMigrations(tx, half)
  const newer = done.find((file) => !files.includes(file))
  if (newer !== undefined) {
    throw conflict('newer_data', `the data was made by a newer Muster (it has ${half}/${newer})`, {
      hint: 'Update Muster, or use another data directory with --data-dir.',
    })
  }
  for (const file of files.filter((name) => !done.includes(name))) {
    const text = await readFile(join(folder, half, file), 'utf8')
    await tx.rows({ strings: [text], parts: [] })
    await recordMigration(tx, { half, file, digest: createHash('sha256').update(text).digest('hex') })
  }
  await grantSchema(tx, half)
}

async function createLedger(tx: Queryable): Promise<void> {
  await tx.rows(sql`create schema if not exists muster`)
  await tx.rows(sql`
    create table if not exists muster.migration (
      half text not null,
      file text not null,
      digest text not null,
      applied_at timestamptz not null default now(),
      primary key (half, file)
    )`)
}

/**
 * Each half works under a role of its own that can reach only its own schema. A role is shared by all databases of a
 * cluster, hence "if not exists", which PostgreSQL lacks for roles, and the lock: migrations of two databases may run
 * at once.
 */
async function createRoles(tx: Queryable): Promise<void> {
  await tx.rows({
    strings: [
      `do $$
       declare half text;
       begin
         foreach half in array array['muster_sync', 'muster_engage'] loop
           begin
             if not exists (select from pg_roles where rolname = half) then
               execute format('create role %I nologin', half);
             end if;
             if not pg_has_role(current_user, half, 'member') then
               execute format('grant %I to current_user', half);
             end if;
           exception when duplicate_object or unique_violation then null;
           end;
         end loop;
       end $$`,
    ],
    parts: [],
  })
}

/** Somebody else's PostgreSQL may not let us make roles; its administrator can, once. */
function explainRights(error: unknown): never {
  if (sqlState(error) !== insufficientPrivilege) throw error
  throw denied('database_rights', 'the database user may not make the roles that keep the two halves apart', {
    hint: 'Let an administrator of the database run once: create role muster_sync; create role muster_engage; grant muster_sync, muster_engage to <the user of MUSTER_DATABASE_URL>;',
    cause: error,
  })
}

const insufficientPrivilege = '42501'

async function grantSchema(tx: Queryable, half: Half): Promise<void> {
  const role = `muster_${half}`
  for (const grant of [
    `revoke all on schema ${half} from public`,
    `grant usage on schema ${half} to ${role}`,
    `grant select, insert, update, delete, truncate on all tables in schema ${half} to ${role}`,
    `grant usage, select, update on all sequences in schema ${half} to ${role}`,
    `grant execute on all functions in schema ${half} to ${role}`,
  ]) {
    await tx.rows({ strings: [grant], parts: [] })
  }
}

async function appliedMigrations(tx: Queryable, half: Half): Promise<string[]> {
  const rows = await tx.rows<{ file: string }>(sql`select file from muster.migration where half = ${half}`)
  return rows.map((row) => row.file)
}

async function recordMigration(
  tx: Queryable,
  migration: { half: Half; file: string; digest: string },
): Promise<void> {
  await tx.rows(sql`
    insert into muster.migration (half, file, digest)
    values (${migration.half}, ${migration.file}, ${migration.digest})`)
}
