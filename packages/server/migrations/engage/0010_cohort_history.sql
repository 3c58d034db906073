-- Who came into a cohort and who went, by request: append-only, never rewritten. The profiles stand in arrays, as the ids of
-- an import do: a row a profile would cost an import most of its speed. Members as of a time are the members of now with what
-- came after it undone, so a cohort older than this table is right from here on.
create table engage.cohort_change (
  workspace_id int not null,
  cohort int not null,
  change bigint generated always as identity,
  at timestamptz not null,
  cause text not null check (cause in ('import', 'replay', 'pending', 'merge', 'deletion')),
  -- The request behind it; null where a merge or a deletion did it.
  import bigint,
  joined bigint[] not null,
  gone bigint[] not null,
  joins int not null,
  leaves int not null,
  primary key (workspace_id, cohort, change)
);
-- Not compressed: that took 2 ms of the 20 that an import of 1,000 ids takes on two busy cores.
alter table engage.cohort_change alter joined set storage external, alter gone set storage external;

-- Who sent it (the data import key), and of what it is the repetition.
alter table engage.cohort_import
  add column cause text not null default 'import' check (cause in ('import', 'replay', 'pending')),
  add column key_id text collate "C",
  add column replay_of uuid;

-- How far the ids of old requests are forgotten (engage/forget-requests.ts).
create table engage.import_forgotten (
  workspace_id int primary key references engage.workspace,
  up_to bigint not null
);
insert into engage.import_forgotten (workspace_id, up_to) values (1, 0);

-- Partner requests that are no row of cohort_import: refused ones, name calls, changes of nothing.
create table engage.partner_request (
  workspace_id int not null,
  request bigint generated always as identity,
  request_id uuid not null,
  partner text not null,
  endpoint text not null,
  cohort_id text collate "C",
  key_id text collate "C",
  status int not null,
  message text,
  at timestamptz not null,
  primary key (workspace_id, request)
);
create index partner_request_id on engage.partner_request (workspace_id, request_id);

-- The first answer to a request with an Idempotency-Key. The digest is that of what the request means.
create table engage.idempotent_answer (
  workspace_id int not null,
  partner text collate "C" not null,
  key text collate "C" not null,
  digest bytea not null,
  body jsonb not null,
  at timestamptz not null,
  primary key (workspace_id, partner, key)
);
create index idempotent_answer_at on engage.idempotent_answer (workspace_id, at);
