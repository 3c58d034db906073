import type pg from 'pg'

/**
 * What importing ids costs where nothing but PostgreSQL does it: one statement a request that finds the profiles by
 * external_id, adds them to the cohort and logs the ids, committed durably. No lock, no fates, no aliases, no devices.
 * The tables are copies of Muster's own, indexes included.
 */
export async function makeBareTables(database: pg.Pool): Promise<void> {
  await database.query(`
    create schema bare;
    create table bare.cohort_member (like engage.cohort_member including all);
    create table bare.import_log (at timestamptz not null default now(), cohort int not null, ids text[] not null)`)
}

export async function importBare(
  database: pg.Pool,
  { cohort, ids, remove = false }: { cohort: number; ids: readonly string[]; remove?: boolean },
): Promise<void> {
  await database.query({
    name: remove ? 'bare_remove' : 'bare_add',
    text: remove
      ? `with logged as (insert into bare.import_log (cohort, ids) values ($1, $2))
         delete from bare.cohort_member m using engage.profile p
         where p.workspace_id = 1 and p.external_id = any($2::text[])
           and m.workspace_id = 1 and m.cohort = $1 and m.profile_id = p.profile_id`
      : `with logged as (insert into bare.import_log (cohort, ids) values ($1, $2))
         insert into bare.cohort_member (workspace_id, cohort, profile_id, import)
         select 1, $1, p.profile_id, 0
         from unnest($2::text[]) as given (id)
         join engage.profile p on p.workspace_id = 1 and p.external_id = given.id
         on conflict do nothing`,
    values: [cohort, ids],
  })
}
