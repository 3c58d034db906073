-- Since when a sync waits for dbt jobs: one that ended before begins nothing.
alter table sync.sync add column dbt_since timestamptz;

-- The dbt jobs that a sync has heard of, each once, with what they mean to it (core/sync/dbt-results.ts). One that begins a
-- run waits until that run is queued, which is one transaction with setting run_id.
create table sync.dbt_job (
  sync_id bigint not null references sync.sync (id) on delete cascade,
  invocation_id text not null,
  ended_at timestamptz not null,
  verdict text not null check (verdict in ('begins', 'failed', 'elsewhere')),
  message text not null,
  run_id bigint references sync.run (id) on delete cascade,
  primary key (sync_id, invocation_id)
);

create index dbt_job_waiting on sync.dbt_job (sync_id) where verdict = 'begins' and run_id is null;
