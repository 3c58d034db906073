create table sync.run (
  id bigint generated always as identity primary key,
  sync_id bigint not null references sync.sync (id) on delete cascade,
  status text not null check (status in
    ('reading', 'planned', 'held', 'applying', 'done', 'incomplete', 'stopped', 'failed', 'superseded')),
  -- Whether the run goes on to apply its plan by itself.
  applies boolean not null,
  message text not null,
  hint text,
  -- The plan as it was judged and shown; the changes themselves rest in files, listed in `changes`.
  plan jsonb,
  changes jsonb,
  -- Where the plan goes: {"destination", "cohort_id"}.
  target jsonb,
  -- The version of the sync's state that the plan leads away from.
  state_version bigint,
  -- The sums over sync.batch, kept when the run ends.
  delivery jsonb,
  started_at timestamptz not null,
  -- No request is begun after this.
  deadline timestamptz,
  finished_at timestamptz,
  -- Who works on the run. A lease that has run out is taken over; its former owner's writes are then refused.
  lease_owner uuid,
  lease_until timestamptz,
  -- Taken over at least once: what was in flight then is not known.
  resumed boolean not null default false
);

create index run_by_sync on sync.run (sync_id, id desc);
create unique index run_active on sync.run (sync_id) where status in ('reading', 'applying');

-- One request's worth of a run's changes: the range [change_from, change_to) of their numbers. The batches of a run
-- partition its changes; a refused one is cut in two, in place.
create table sync.batch (
  run_id bigint not null references sync.run (id) on delete cascade,
  number integer not null,
  operation text not null check (operation in ('add', 'remove')),
  change_from integer not null,
  change_to integer not null,
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected')),
  attempts integer not null default 0,
  answer text,
  request_id text,
  at timestamptz,
  primary key (run_id, number)
);

create index batch_pending on sync.batch (run_id, change_from) where status = 'pending';
