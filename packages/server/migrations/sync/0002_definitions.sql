-- What a user defines. A secret of a connection's configuration is not in `config`: it rests in `secrets`,
-- encrypted and bound to its row and field.
create table sync.source (
  name text primary key,
  type text not null,
  config jsonb not null,
  secrets jsonb not null default '{}',
  updated_at timestamptz not null
);

create table sync.destination (
  name text primary key,
  type text not null,
  config jsonb not null,
  secrets jsonb not null default '{}',
  updated_at timestamptz not null
);

create table sync.model (
  name text primary key,
  source text not null references sync.source (name),
  definition jsonb not null,
  -- The result columns as the source described them at the last put.
  columns jsonb not null,
  updated_at timestamptz not null
);

create table sync.sync (
  id bigint generated always as identity primary key,
  name text not null unique,
  model text not null references sync.model (name),
  destination text not null references sync.destination (name),
  definition jsonb not null,
  cohort_id text not null,
  -- The name that the destination has acknowledged for this cohort.
  cohort_named text,
  -- What the destination has accepted: the manifest of the state's files; null before the first run.
  state jsonb,
  -- Raised with every change of state, and when the sync turns to another cohort: a plan is good for one version.
  state_version bigint not null default 0,
  next_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
