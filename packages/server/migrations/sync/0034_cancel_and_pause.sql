-- A run that somebody asked to end: whoever works on it sees it at the next renewal of its lease.
alter table sync.run add column cancel_requested boolean not null default false;
alter table sync.run drop constraint run_status_check;
alter table sync.run add constraint run_status_check check (status in
  ('reading', 'planned', 'held', 'applying', 'done', 'incomplete', 'stopped', 'failed', 'superseded', 'cancelled'));

-- A sync at rest: nothing begins a run of it until it is resumed.
alter table sync.sync add column paused_at timestamptz;
