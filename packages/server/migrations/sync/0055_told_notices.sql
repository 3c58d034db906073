-- A notice stays for a while when it was told or given up, so that people can see who was told of what.
alter table sync.notice
  add column ended_at timestamptz,
  add column status text not null default 'pending' check (status in ('pending', 'told', 'refused', 'given_up')),
  -- What the notifier's other end said the last time that it did not take it.
  add column answer text;
drop index sync.notice_due;
create index notice_due on sync.notice (next_at) where ended_at is null;
create index notice_ended on sync.notice (ended_at) where ended_at is not null;

-- The figures of an alert (core/sync/alert.ts, AlertFigures), for whoever says it in another language.
alter table sync.alert add column figures jsonb;
