-- One import in one call. Sent as statements of a transaction it took four round trips, and the cohort stayed locked for
-- two of them: requests for one cohort waited for the network, not for each other's work.
--
-- It takes the life lock of members, shared (server/engage/lifecycle-lock.ts), and the cohort's lock, alone, taken by its
-- name so that it holds for a cohort that does not exist yet; each statement after that sees what the last holder
-- committed. The plans are made once a connection, and the tables may be empty then: without sequential scans they stay
-- right.
--
-- Fates are the places of core's `fates`: 0 added, 1 already_in, 2 removed, 3 not_in, 4 unknown, 5 device_of_identified.
-- Kinds: 0 external_id, 1 alias, 2 device_id; none are given where all are 0, and no removes where all are additions.
-- Labels stay empty where no id is an alias: `unnest` fills up with null.
create function engage.import_cohort(
  in_workspace int, in_life_lock int, in_cohort_lock bigint,
  in_request uuid, in_partner text, in_cohort_id text, in_at timestamptz,
  in_kinds smallint[], in_labels text[], in_identifiers text[], in_removes boolean[],
  in_cause text, in_key text, in_replay_of uuid,
  out ids int, out added int, out already_in int, out removed int, out not_in int, out unknown int,
  out device_of_identified int)
language plpgsql
set lock_timeout = '2s' set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  keeps boolean;
  profiles bigint[];
  -- Null where no id is a device of somebody identified.
  of_identified boolean[];
begin
  if cardinality(in_kinds) = 0 then
    in_kinds := array_fill(0::smallint, array[cardinality(in_identifiers)]);
  end if;
  if cardinality(in_removes) = 0 then
    in_removes := array_fill(false, array[cardinality(in_identifiers)]);
  end if;
  perform pg_advisory_xact_lock_shared(in_life_lock, in_workspace);

  -- Who the ids are, before the cohort is locked: half of the work, which requests for one cohort then do side by side.
  -- A profile cannot go meanwhile (the life lock); one that comes now is one that came after this request. Each lookup
  -- stands behind `offset 0`, which keeps it one index probe an id: no plan can turn it into a join that reads whole tables.
  select array_agg(
      coalesce(named.profile_id, renamed.profile_id, alias.profile_id,
        case when not owner.is_identified then owner.profile_id end) order by i.place),
    case when bool_or(owner.is_identified) then array_agg(coalesce(owner.is_identified, false) order by i.place) end
  into profiles, of_identified
  from unnest(in_kinds, in_labels, in_identifiers) with ordinality as i (kind, label, identifier, place)
  left join lateral (
    select p.profile_id from engage.profile p
    where i.kind = 0 and p.workspace_id = in_workspace and p.external_id = i.identifier offset 0) named on true
  left join lateral (
    select d.profile_id from engage.deprecated_external_id d
    where i.kind = 0 and named.profile_id is null and d.workspace_id = in_workspace
      and d.external_id = i.identifier offset 0) renamed on true
  left join lateral (
    select a.profile_id from engage.alias a
    where i.kind = 1 and a.workspace_id = in_workspace and a.label = i.label and a.name = i.identifier
    offset 0) alias on true
  left join lateral (
    select d.profile_id, (select p.external_id is not null from engage.profile p
      where p.workspace_id = d.workspace_id and p.profile_id = d.profile_id) as is_identified
    from engage.device d
    where i.kind = 2 and d.workspace_id = in_workspace and d.device_id = i.identifier offset 0) owner on true;

  perform pg_advisory_xact_lock(in_cohort_lock);

  -- `before_here` of a change is what the change before it of the same person left. A leaver's row is deleted at its place,
  -- which the cohort's lock keeps.
  with known as materialized (
    select cohort, keeps_unknown from engage.cohort
    where workspace_id = in_workspace and partner = in_partner and cohort_id = in_cohort_id
  ), made as (
    insert into engage.cohort (workspace_id, partner, cohort_id, created_at)
    select in_workspace, in_partner, in_cohort_id, in_at
    where not exists (select from known)
    returning cohort, keeps_unknown
  ), target as materialized (
    select cohort, keeps_unknown from known union all select cohort, keeps_unknown from made
  ), matched as (
    select i.place, i.remove, i.profile_id, coalesce(i.device_of_identified, false) as device_of_identified
    from unnest(profiles, in_removes, of_identified) with ordinality
      as i (profile_id, remove, device_of_identified, place)
  ), followed as (
    select place, remove, profile_id, device_of_identified,
      lag(not remove) over person as before_here,
      lead(place) over person is null as is_last
    from matched
    window person as (partition by profile_id order by place)
  ), judged as materialized (
    select f.place, f.remove, f.profile_id, f.is_last, member.at,
      case
        when f.profile_id is null and f.device_of_identified then 5::smallint
        when f.profile_id is null then 4::smallint
        when f.remove and coalesce(f.before_here, member.at is not null) then 2::smallint
        when f.remove then 3::smallint
        when coalesce(f.before_here, member.at is not null) then 1::smallint
        else 0::smallint
      end as fate
    from followed f
    left join lateral (
      select m.ctid as at from engage.cohort_member m
      where m.workspace_id = in_workspace and m.cohort = (select cohort from target)
        and m.profile_id = f.profile_id offset 0) member on true
  ), logged as (
    insert into engage.cohort_import (workspace_id, request_id, cohort, at, kinds, labels, identifiers, removes,
      fates, ids, added, already_in, removed, not_in, unknown, device_of_identified, cause, key_id, replay_of)
    select in_workspace, in_request, target.cohort, in_at, in_kinds, in_labels, in_identifiers, in_removes,
      sums.*, in_cause, in_key, in_replay_of
    from target, (
      select array_agg(fate order by place), count(*) as ids,
        count(*) filter (where fate = 0), count(*) filter (where fate = 1),
        count(*) filter (where fate = 2), count(*) filter (where fate = 3),
        count(*) filter (where fate = 4), count(*) filter (where fate = 5)
      from judged) sums
    returning import, ids, added, already_in, removed, not_in, unknown, device_of_identified
  ), gone as (
    delete from engage.cohort_member
    where ctid = any(array(select at from judged where is_last and remove and at is not null))
  ), come as (
    insert into engage.cohort_member (workspace_id, cohort, profile_id, import)
    select in_workspace, (select cohort from target), profile_id, (select import from logged)
    from judged
    where is_last and not remove and at is null and profile_id is not null
  ), recorded as (
    insert into engage.cohort_change (workspace_id, cohort, at, cause, import, joined, gone, joins, leaves)
    select in_workspace, (select cohort from target), in_at, in_cause, (select import from logged),
      coalesce(array_agg(profile_id) filter (where not remove), '{}'),
      coalesce(array_agg(profile_id) filter (where remove), '{}'),
      count(*) filter (where not remove), count(*) filter (where remove)
    from judged
    where is_last and remove = (at is not null) and profile_id is not null
    having count(*) > 0
  )
  select l.ids, l.added, l.already_in, l.removed, l.not_in, l.unknown, l.device_of_identified,
    (select keeps_unknown from target)
  into ids, added, already_in, removed, not_in, unknown, device_of_identified, keeps
  from logged l;

  if keeps then
    perform engage.remember_unknown(in_workspace, in_request);
  end if;
end $$;

-- What an import says of unknown ids; of an id named twice the last counts. A removal forgets, whoever has the name by
-- now. Names beyond 1,000 bytes are not remembered: an index entry has an end. A profile made at the same time as the
-- import may have seen nothing remembered yet; so each remembered id is looked at once more after the longest time that
-- such a transaction may take.
create function engage.remember_unknown(in_workspace int, in_request uuid) returns void
language sql as $$
  with last_word as (
    select distinct on (f.kind, f.value, f.label) i.cohort, i.import, f.kind, f.value, coalesce(f.label, '') as label,
      f.remove, f.fate = 4 as is_unknown
    from engage.cohort_import i,
      unnest(i.kinds, i.labels, i.identifiers, i.removes, i.fates) with ordinality
        as f (kind, label, value, remove, fate, place)
    where i.workspace_id = in_workspace and i.request_id = in_request
      and octet_length(f.value) <= 1000 and octet_length(coalesce(f.label, '')) <= 1000
    order by f.kind, f.value, f.label, f.place desc
  ), forgotten as (
    delete from engage.cohort_pending q using last_word n
    where q.workspace_id = in_workspace and q.cohort = n.cohort and q.kind = n.kind and q.identifier = n.value
      and q.label = n.label and n.remove
  ), remembered as (
    insert into engage.cohort_pending (workspace_id, kind, identifier, label, cohort, import)
    select in_workspace, kind, value, label, cohort, import from last_word where not remove and is_unknown
    on conflict do nothing
    returning kind, identifier, label
  )
  insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
  select in_workspace, kind, identifier, label, now() + interval '60 s' from remembered
$$;
