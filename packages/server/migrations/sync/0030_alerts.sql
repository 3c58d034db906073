-- Ways to tell people, kept as sources and destinations are.
create table sync.notifier (
  name text primary key,
  type text not null,
  config jsonb not null,
  secrets jsonb not null default '{}',
  updated_at timestamptz not null
);

-- What is wrong with a sync now. A row comes when an alert begins and goes when it ends.
create table sync.alert (
  sync_id bigint not null references sync.sync (id) on delete cascade,
  kind text not null check (kind in ('failed', 'held', 'rejected', 'slow', 'stale')),
  message text not null,
  since timestamptz not null,
  primary key (sync_id, kind)
);

-- What is still to be told, one row a notice and notifier: written in the transaction that changes sync.alert, and
-- deleted when it was told or given up.
create table sync.notice (
  id uuid not null,
  notifier text not null references sync.notifier (name) on delete cascade,
  notice jsonb not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  -- Nobody takes it up before this: the wait after a failure, or the lease of who is at it.
  next_at timestamptz not null,
  primary key (id, notifier)
);

create index notice_due on sync.notice (next_at);
