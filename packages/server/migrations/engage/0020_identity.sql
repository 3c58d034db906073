-- What Braze names itself and is more than a text: email_subscribe, current_location, push_tokens and their like.
alter table engage.profile add column details jsonb not null default '{}';

-- Users are also named by email and phone, which are not unique.
create index profile_email on engage.profile (workspace_id, lower(email)) where email is not null;
create index profile_phone on engage.profile (workspace_id, phone) where phone is not null;

-- The external_ids that a user had before. They go on leading to the user, and to nobody else.
create table engage.deprecated_external_id (
  workspace_id int not null,
  external_id text collate "C" not null,
  profile_id bigint not null,
  primary key (workspace_id, external_id),
  foreign key (workspace_id, profile_id) references engage.profile on delete cascade
);
create index deprecated_external_id_profile on engage.deprecated_external_id (workspace_id, profile_id);

create table engage.subscription_group (
  workspace_id int not null references engage.workspace,
  group_id uuid not null default gen_random_uuid(),
  name text not null,
  channel text not null check (channel in ('email', 'sms', 'whatsapp')),
  created_at timestamptz not null,
  primary key (workspace_id, group_id),
  unique (workspace_id, name)
);

-- A row where somebody said yes or no; the state of everybody else is unknown.
create table engage.subscription (
  workspace_id int not null,
  group_id uuid not null,
  profile_id bigint not null,
  subscribed boolean not null,
  at timestamptz not null,
  primary key (workspace_id, group_id, profile_id),
  foreign key (workspace_id, group_id) references engage.subscription_group on delete cascade,
  foreign key (workspace_id, profile_id) references engage.profile on delete cascade
);
create index subscription_profile on engage.subscription (workspace_id, profile_id);

-- Segments are named by a UUID on Braze's surface.
alter table engage.segment add column segment_id uuid not null default gen_random_uuid();
alter table engage.segment add column created_at timestamptz not null default now();
create unique index segment_segment_id on engage.segment (workspace_id, segment_id);

-- REST keys: null permissions are all of them, null addresses any.
alter table engage.api_key add column permissions text[];
alter table engage.api_key add column addresses cidr[];

-- As in 0005: a table that was never analysed would be read whole.
do $$
begin
  if not exists (select from engage.profile) then
    insert into engage.profile (workspace_id, external_id, email, phone, created_at, updated_at)
    select 1, case when i % 4 > 0 then 'user ' || i end, 'user' || i || '@example.com', '+1555' || i, now(), now()
    from generate_series(1, 4000) i;
    insert into engage.deprecated_external_id (workspace_id, external_id, profile_id)
    select workspace_id, 'was ' || profile_id, profile_id from engage.profile;
    analyze engage.profile, engage.deprecated_external_id;
    truncate engage.profile, engage.alias, engage.device, engage.deprecated_external_id, engage.subscription;
    alter sequence engage.profile_number restart with 1;
  end if;
end $$;
