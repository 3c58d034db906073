-- Ids that matched nobody, remembered by the cohorts that ask for it.

alter table engage.cohort add column keeps_unknown boolean not null default false;

-- `kind` as in cohort_import; the label is empty but for an alias. `import` is the request that named it.
create table engage.cohort_pending (
  workspace_id int not null,
  kind smallint not null,
  identifier text collate "C" not null,
  label text collate "C" not null,
  cohort int not null,
  import bigint not null,
  primary key (workspace_id, kind, identifier, label, cohort)
);
create index cohort_pending_cohort on engage.cohort_pending (workspace_id, cohort);

-- Names to look at. Triggers and imports only append here, so that nobody who makes a profile ever waits for an import.
create table engage.pending_due (
  workspace_id int not null,
  due bigint generated always as identity,
  kind smallint not null,
  identifier text collate "C" not null,
  label text collate "C" not null,
  not_before timestamptz not null,
  primary key (workspace_id, due)
);
create index pending_due_when on engage.pending_due (workspace_id, not_before);

-- Every way that a profile gets a name ends in these tables, whoever writes the statement. Where nothing is remembered, each
-- costs one look into an empty table a statement. Their plans are made while little is remembered and kept: so only index
-- look-ups are allowed.
create function engage.notice_external_ids() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from engage.cohort_pending) then
    insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
    select n.workspace_id, 0, n.external_id, '', now() from named n
    where n.external_id is not null and exists (
      select from engage.cohort_pending q
      where q.workspace_id = n.workspace_id and q.kind = 0 and q.identifier = n.external_id and q.label = '');
  end if;
  return null;
end $$;

create function engage.notice_aliases() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from engage.cohort_pending) then
    insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
    select n.workspace_id, 1, n.name, n.label, now() from named n
    where exists (
      select from engage.cohort_pending q
      where q.workspace_id = n.workspace_id and q.kind = 1 and q.identifier = n.name and q.label = n.label);
  end if;
  return null;
end $$;

create function engage.notice_devices() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from engage.cohort_pending) then
    insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
    select n.workspace_id, 2, n.device_id, '', now() from named n
    where exists (
      select from engage.cohort_pending q
      where q.workspace_id = n.workspace_id and q.kind = 2 and q.identifier = n.device_id and q.label = '');
  end if;
  return null;
end $$;

create function engage.notice_renamed() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
  select q.workspace_id, 0, q.identifier, '', now() from engage.cohort_pending q
  where q.workspace_id = new.workspace_id and q.kind = 0 and q.identifier = new.external_id and q.label = '';
  return null;
end $$;

create function engage.notice_renamed_alias() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
  select q.workspace_id, 1, q.identifier, q.label, now() from engage.cohort_pending q
  where q.workspace_id = new.workspace_id and q.kind = 1 and q.identifier = new.name and q.label = new.label;
  return null;
end $$;

create trigger notice_external_ids after insert on engage.profile
  referencing new table as named for each statement execute function engage.notice_external_ids();
create trigger notice_aliases after insert on engage.alias
  referencing new table as named for each statement execute function engage.notice_aliases();
create trigger notice_devices after insert on engage.device
  referencing new table as named for each statement execute function engage.notice_devices();
create trigger notice_renamed after update of external_id on engage.profile
  for each row when (new.external_id is not null and new.external_id is distinct from old.external_id)
  execute function engage.notice_renamed();
create trigger notice_renamed_alias after update of name, label on engage.alias
  for each row when ((new.label, new.name) is distinct from (old.label, old.name))
  execute function engage.notice_renamed_alias();
