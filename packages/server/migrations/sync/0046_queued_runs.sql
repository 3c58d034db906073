-- A run that waits for its turn, at most one a sync: every trigger joins it until a process takes it.
alter table sync.run drop constraint run_status_check;
alter table sync.run add constraint run_status_check check (status in
  ('queued', 'reading', 'planned', 'held', 'applying', 'done', 'incomplete', 'stopped', 'failed', 'superseded',
    'cancelled'));

create unique index run_queued on sync.run (sync_id) where status = 'queued';
