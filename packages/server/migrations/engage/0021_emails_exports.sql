-- Addresses that are not to be written to, whoever has them. `spam`: marked a message as spam.
create table engage.email_block (
  workspace_id int not null references engage.workspace,
  kind text not null check (kind in ('hard_bounce', 'spam', 'blocklist')),
  email text collate "C" not null,
  at timestamptz not null,
  primary key (workspace_id, kind, email)
);

create index profile_email_unsubscribed on engage.profile (workspace_id, (details ->> 'email_unsubscribed_at'))
  where details ->> 'email_subscribe' = 'unsubscribed';

-- How many were in a segment on a day, in UTC.
create table engage.segment_size (
  workspace_id int not null references engage.workspace,
  segment_id uuid not null,
  day date not null,
  size bigint not null,
  primary key (workspace_id, segment_id, day)
);

-- Who was in a segment when it was exported; what they say is read when the file is. The digest is that of the key in its URL.
create table engage.segment_export (
  workspace_id int not null references engage.workspace,
  object_prefix text collate "C" not null,
  digest bytea not null,
  fields text[],
  profile_ids bigint[] not null,
  expires_at timestamptz not null,
  primary key (workspace_id, object_prefix)
);
