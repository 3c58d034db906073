-- The copy of a run in the warehouse: when it was made, and until then how often it failed, why, and when it is tried again.
alter table sync.run
  add column copied_at timestamptz,
  add column copy_attempts integer not null default 0,
  add column copy_error text,
  add column copy_next_at timestamptz;

create index run_uncopied on sync.run (sync_id, id) where copied_at is null and finished_at is not null;
