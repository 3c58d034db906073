-- Whom to speak to, what was said, and what became of it.

create table engage.segment (
  workspace_id int not null references engage.workspace,
  name text collate "C" not null,
  filter jsonb not null,
  updated_at timestamptz not null,
  primary key (workspace_id, name)
);

create table engage.campaign (
  workspace_id int not null references engage.workspace,
  name text collate "C" not null,
  definition jsonb not null,
  sent_at timestamptz,
  primary key (workspace_id, name)
);

create table engage.canvas (
  workspace_id int not null references engage.workspace,
  canvas int generated always as identity,
  name text collate "C" not null,
  definition jsonb not null,
  launched_at timestamptz,
  primary key (workspace_id, canvas),
  unique (workspace_id, name)
);

-- `occurrence` is 0 for a person's only entry. When two profiles that both entered become one, the entry of the one
-- that goes is kept under an occurrence of its own, below 0.
create table engage.canvas_entry (
  workspace_id int not null,
  entry bigint generated always as identity,
  canvas int not null,
  profile_id bigint not null,
  occurrence bigint not null default 0,
  state text not null default 'entering' check (state in ('entering', 'waiting', 'exited')),
  step text,
  due_at timestamptz not null,
  exit_reason text,
  entered_at timestamptz not null,
  primary key (workspace_id, entry),
  unique (workspace_id, canvas, profile_id, occurrence)
);
create index canvas_entry_due on engage.canvas_entry (workspace_id, due_at) where state <> 'exited';
create index canvas_entry_profile on engage.canvas_entry (workspace_id, profile_id);

-- What a message comes from: `campaign:spring`, `canvas:welcome/first`.
create table engage.send_source (
  workspace_id int not null,
  source int generated always as identity,
  name text collate "C" not null,
  primary key (workspace_id, source),
  unique (workspace_id, name)
);

-- A message's text as it was when it was reserved: editing a campaign does not change what is under way.
create table engage.template (
  workspace_id int not null,
  template int generated always as identity,
  source int not null,
  channel text not null,
  subject text not null,
  body text not null,
  digest bytea not null,
  primary key (workspace_id, template),
  unique (workspace_id, source, digest)
);

-- The ledger. The unique key is written before the send: nobody is messaged twice for one occurrence.
-- `wake_at`: of a pending row, not to be tried before; of a row that is being sent, the end of its lease.
create table engage.send (
  workspace_id int not null,
  send bigint generated always as identity,
  source int not null,
  template int not null,
  profile_id bigint not null,
  occurrence bigint not null default 0,
  status text not null default 'pending' check (status in ('pending', 'sending', 'sent', 'failed', 'unknown')),
  reason text,
  attempts int not null default 0,
  claim uuid,
  wake_at timestamptz not null default now(),
  reserved_at timestamptz not null,
  settled_at timestamptz,
  primary key (workspace_id, send),
  unique (workspace_id, source, profile_id, occurrence)
);
create index send_open on engage.send (workspace_id, send) where status = 'pending';
create index send_leased on engage.send (workspace_id, wake_at) where status = 'sending';
create index send_profile on engage.send (workspace_id, profile_id);

create table engage.inbox_message (
  workspace_id int not null,
  send bigint not null,
  subject text not null,
  body text not null,
  at timestamptz not null,
  primary key (workspace_id, send)
);
