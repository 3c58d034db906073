-- What a run is for (core/sync/run-kind.ts), and of an undo which run it takes back.
alter table sync.run add column kind text not null default 'sync'
  check (kind in ('sync', 'full_resync', 'reset', 'undo'));
alter table sync.run add column undoes bigint references sync.run (id) on delete cascade;
