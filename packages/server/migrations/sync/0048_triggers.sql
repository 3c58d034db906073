-- Runs that were asked for with a key of the caller's: the same key gives the same run for a day.
create table sync.trigger_key (
  sync_id bigint not null references sync.sync (id) on delete cascade,
  key text not null,
  run_id bigint not null references sync.run (id) on delete cascade,
  at timestamptz not null,
  primary key (sync_id, key)
);
