-- identify
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged;

-- checksums
select bucket, count(*) as row_count, sum(low) as low, sum(middle) as middle, sum(high) as high
from (
  select bucket, cast(cast('x' || lpad(substr(row_hash, 1, 7), 8, '0') as bit(32)) as bigint) as low, cast(cast('x' || lpad(substr(row_hash, 8, 7), 8, '0') as bit(32)) as bigint) as middle, cast(cast('x' || lpad(substr(row_hash, 15, 7), 8, '0') as bit(32)) as bigint) as high
  from (
    select bucket, md5(convert_to(namespace, 'UTF8') || decode('00', 'hex') || convert_to(value, 'UTF8') || decode('00', 'hex') || convert_to(row_key, 'UTF8')) as row_hash
    from (
select
  case when fate < 0 then fate else cast(cast('x' || lpad(substr(md5(convert_to(namespace, 'UTF8') || decode('00', 'hex') || convert_to(value, 'UTF8')), 1, 3), 8, '0') as bit(32)) as bigint) end as bucket,
  namespace, value, row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
    ) bucketed
  ) hashed
) sliced
group by bucket;

-- rows of buckets
select namespace, value, row_key
from (
select
  case when fate < 0 then fate else cast(cast('x' || lpad(substr(md5(convert_to(namespace, 'UTF8') || decode('00', 'hex') || convert_to(value, 'UTF8')), 1, 3), 8, '0') as bit(32)) as bigint) end as bucket,
  namespace, value, row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
) bucketed
where bucket in (7, 4095);

-- buckets of keys
select distinct bucket
from (
select
  case when fate < 0 then fate else cast(cast('x' || lpad(substr(md5(convert_to(namespace, 'UTF8') || decode('00', 'hex') || convert_to(value, 'UTF8')), 1, 3), 8, '0') as bit(32)) as bigint) end as bucket,
  namespace, value, row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
) bucketed
where bucket >= 0 and md5(convert_to(row_key, 'UTF8')) in ('c4ca4238a0b923820dcc509a6f75849b');

-- state
create table muster.sync_v7 (namespace text collate "C", value text collate "C", row_key text collate "C", sure bigint);

-- change
create temp table muster.muster_change (difference text collate "C", namespace text collate "C", value text collate "C", row_key text collate "C", members bigint, row_count bigint);

-- changes
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select difference, told_namespace, told_value, told_row_key, count(*), sum(named_by)
from (
  select difference, named_by, case when difference = 'same' then '' else namespace end as told_namespace, case when difference = 'same' then '' else value end as told_value, case when difference = 'same' then '' else row_key end as told_row_key
  from (
    select
      case
        when fate = -1 then 'without'
        when fate = -2 then 'invalid'
        when named_by = 0 then 'gone'
        when surety < 1 then 'fresh'
        when known_key <> present_key then 'moved'
        else 'same'
      end as difference,
      namespace, value, coalesce(present_key, known_key) as row_key, named_by
    from (
      select fate, namespace, value, max(sure) as surety,
        min(case when sure < 0 then row_key end) as present_key, count(case when sure < 0 then 1 end) as named_by,
        min(case when sure >= 0 then row_key end) as known_key
      from (
        select fate, namespace, value, row_key, -1 as sure
        from (
select fate, (namespace collate "C") as namespace, (value collate "C") as value, (row_key collate "C") as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
        ) model_row
        union all
        select 0, namespace, value, row_key, sure from muster.sync_v7
      ) named
      group by fate, namespace, value
    ) compared
  ) judged
) told
group by difference, told_namespace, told_value, told_row_key;

-- first changes
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select
  case fate when 0 then 'fresh' when -1 then 'without' else 'invalid' end,
  namespace, value, min(row_key), 1, count(*)
from (
select fate, (namespace collate "C") as namespace, (value collate "C") as value, (row_key collate "C") as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
) model_row
group by fate, namespace, value;

-- sums
select difference as difference, sum(members) as members, sum(row_count) as row_count from muster.muster_change group by difference;

-- moved again
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select 'again', namespace, value, row_key, 0, 0
from muster.muster_change where difference = 'moved';

-- again, without duplicates
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select 'again', accepted.namespace, accepted.value, accepted.row_key, 0, 0
from muster.sync_v7 accepted
left join (
  select namespace, value, row_key, difference
  from muster.muster_change where difference in ('fresh', 'gone', 'moved')
) changed on changed.value = accepted.value and changed.namespace = accepted.namespace
where accepted.sure = 1 and accepted.row_key in (select row_key from muster.muster_change where difference = 'gone') and coalesce(changed.difference, '') = ''
union all
select 'again', namespace, value, row_key, 0, 0
from muster.muster_change
where difference = 'moved' and row_key in (select row_key from muster.muster_change where difference = 'gone');

-- again, with duplicates
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select 'again', accepted.namespace, accepted.value,
  case when coalesce(changed.difference, '') = '' then accepted.row_key else changed.row_key end, 0, 0
from muster.sync_v7 accepted
join (
  select distinct namespace, value
  from (
select fate, (namespace collate "C") as namespace, (value collate "C") as value, (row_key collate "C") as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
  ) model_row
  where fate = 0 and row_key in (select row_key from muster.muster_change where difference = 'gone')
) touched on touched.value = accepted.value and touched.namespace = accepted.namespace
left join (
  select namespace, value, row_key, difference
  from muster.muster_change where difference in ('fresh', 'gone', 'moved')
) changed on changed.value = accepted.value and changed.namespace = accepted.namespace
where accepted.sure = 1 and (coalesce(changed.difference, '') = '' or changed.difference = 'moved');

-- standing
select model_row.namespace as namespace, model_row.value as value, model_row.row_key as row_key
from (
select fate, (namespace collate "C") as namespace, (value collate "C") as value, (row_key collate "C") as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value ~ '[\x01-\x1f\x7f]' then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then 'external_id' when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then 'alias:it''s \ crm' else '' end as namespace,
      case when (model_row."customer_id" collate "C" > '!' or btrim(model_row."customer_id", ' ') <> '') then model_row."customer_id" when (model_row."crm_id" collate "C" > '!' or btrim(model_row."crm_id", ' ') <> '') then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
    offset 0
  ) picked
    offset 0
) judged
) identified
) model_row
where model_row.fate = 0 and model_row.row_key in (select row_key from muster.muster_change where difference = 'gone');

-- changes as text
select difference as difference, namespace as namespace, value as value, row_key as row_key
from muster.muster_change where difference in ('fresh', 'gone', 'moved', 'again');

-- fold 1
delete from muster.sync_v7 where (namespace, value) in (select namespace, value from muster.sync_delta);

-- fold 2
insert into muster.sync_v7 (namespace, value, row_key, sure) select namespace, value, row_key, sure from muster.sync_delta where sure >= 0;

-- rename
alter table muster.sync_new rename to "sync_v7";
