-- Who can be reached. Every key leads with the workspace, so that the tables can be distributed by it.

create table engage.workspace (
  workspace_id int primary key,
  name text not null,
  created_at timestamptz not null default now()
);
insert into engage.workspace (workspace_id, name) values (1, 'default');

-- Dense: memberships and the ledger name a profile by this number.
create sequence engage.profile_number;

create table engage.profile (
  workspace_id int not null references engage.workspace,
  profile_id bigint not null default nextval('engage.profile_number'),
  braze_id text collate "C" not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 24),
  external_id text collate "C",
  random_bucket int not null default floor(random() * 10000),
  first_name text,
  last_name text,
  email text,
  phone text,
  gender text,
  dob text,
  country text,
  home_city text,
  language text,
  time_zone text,
  custom_attributes jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, profile_id)
);
create unique index profile_external_id on engage.profile (workspace_id, external_id) where external_id is not null;
create unique index profile_braze_id on engage.profile (workspace_id, braze_id);

create table engage.alias (
  workspace_id int not null,
  label text collate "C" not null,
  name text collate "C" not null,
  profile_id bigint not null,
  primary key (workspace_id, label, name),
  unique (workspace_id, profile_id, label),
  foreign key (workspace_id, profile_id) references engage.profile on delete cascade
);

create table engage.device (
  workspace_id int not null,
  device_id text collate "C" not null,
  profile_id bigint not null,
  primary key (workspace_id, device_id),
  foreign key (workspace_id, profile_id) references engage.profile on delete cascade
);
create index device_profile on engage.device (workspace_id, profile_id);

create table engage.session (
  workspace_id int not null,
  session_id bigint generated always as identity,
  profile_id bigint not null,
  device_id text not null,
  at timestamptz not null,
  primary key (workspace_id, session_id)
);
create index session_profile on engage.session (workspace_id, profile_id);

create table engage.event (
  workspace_id int not null,
  event_id bigint generated always as identity,
  profile_id bigint not null,
  name text not null,
  app_id text,
  properties jsonb not null default '{}',
  at timestamptz not null,
  primary key (workspace_id, event_id)
);
create index event_profile on engage.event (workspace_id, profile_id);

create table engage.purchase (
  workspace_id int not null,
  purchase_id bigint generated always as identity,
  profile_id bigint not null,
  product_id text not null,
  currency text not null,
  price numeric not null,
  quantity int not null,
  app_id text,
  properties jsonb not null default '{}',
  at timestamptz not null,
  primary key (workspace_id, purchase_id)
);
create index purchase_profile on engage.purchase (workspace_id, profile_id);
