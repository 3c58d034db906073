-- Who may send cohorts, what they sent, and what became of it.

create table engage.partner (
  workspace_id int not null references engage.workspace,
  slug text collate "C" not null,
  enabled_at timestamptz,
  primary key (workspace_id, slug)
);
insert into engage.partner (workspace_id, slug)
select 1, unnest(array['hightouch', 'census', 'amplitude', 'mixpanel', 'segment', 'heap', 'kubit', 'appsflyer',
                       'treasure_data', 'splio']);

create table engage.api_key (
  workspace_id int not null references engage.workspace,
  key_id text collate "C" not null default replace(gen_random_uuid()::text, '-', ''),
  kind text not null check (kind in ('partner', 'data_import', 'rest')),
  partner text,
  digest bytea not null unique,
  masked text not null,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  invalidated_at timestamptz,
  primary key (workspace_id, key_id),
  foreign key (workspace_id, partner) references engage.partner,
  check ((kind = 'rest') = (partner is null))
);

create table engage.cohort (
  workspace_id int not null,
  cohort int generated always as identity,
  partner text collate "C" not null,
  -- The partner's own id; the name is null until the partner gives one.
  cohort_id text collate "C" not null,
  name text,
  created_at timestamptz not null,
  primary key (workspace_id, cohort),
  unique (workspace_id, partner, cohort_id),
  foreign key (workspace_id, partner) references engage.partner
);

-- One row a request: the ids as arrays in the order in which they took effect, and the fate of each as its place in
-- core's `fates`. A row an id would cost an import most of its speed.
create table engage.cohort_import (
  workspace_id int not null,
  import bigint generated always as identity,
  request_id uuid not null,
  cohort int not null,
  at timestamptz not null,
  kinds smallint[] not null,
  labels text[] not null,
  identifiers text[] not null,
  removes boolean[] not null,
  fates smallint[] not null,
  ids int not null,
  added int not null,
  already_in int not null,
  removed int not null,
  not_in int not null,
  unknown int not null,
  device_of_identified int not null,
  primary key (workspace_id, import),
  unique (workspace_id, request_id)
);
create index cohort_import_cohort on engage.cohort_import (workspace_id, cohort, import);

-- No foreign keys on the hot path: a lock on the life of profiles stands in for them (server/engage/lifecycle-lock.ts).
-- `import` is the request that brought the person in, and so says when and by which id.
create table engage.cohort_member (
  workspace_id int not null,
  cohort int not null,
  profile_id bigint not null,
  import bigint not null,
  primary key (workspace_id, cohort, profile_id)
);
