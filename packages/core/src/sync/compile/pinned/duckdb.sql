-- identify
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged;

-- checksums
select bucket, count(*) as row_count, sum(low) as low, sum(middle) as middle, sum(high) as high
from (
  select bucket, cast('0x' || substr(row_hash, 1, 7) as bigint) as low, cast('0x' || substr(row_hash, 8, 7) as bigint) as middle, cast('0x' || substr(row_hash, 15, 7) as bigint) as high
  from (
    select bucket, md5(namespace || chr(0) || value || chr(0) || row_key) as row_hash
    from (
select
  case when fate < 0 then fate else cast('0x' || substr(md5(namespace || chr(0) || value), 1, 3) as bigint) end as bucket,
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
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
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
  case when fate < 0 then fate else cast('0x' || substr(md5(namespace || chr(0) || value), 1, 3) as bigint) end as bucket,
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
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) bucketed
where bucket in (7, 4095);

-- buckets of keys
select distinct bucket
from (
select
  case when fate < 0 then fate else cast('0x' || substr(md5(namespace || chr(0) || value), 1, 3) as bigint) end as bucket,
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
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) bucketed
where bucket >= 0 and md5(row_key) in ('c4ca4238a0b923820dcc509a6f75849b');

-- state
create table muster.sync_v7 (namespace varchar, value varchar, row_key varchar, sure bigint);

-- comparison 1
create temp table muster.muster_member (fate bigint, namespace varchar, value varchar, row_key varchar, row_count bigint);

-- comparison 2
create temp table muster.muster_change (difference varchar, namespace varchar, value varchar, row_key varchar);

-- members
insert into muster.muster_member (fate, namespace, value, row_key, row_count)
select fate, namespace, value, min(row_key), count(*)
from (
select fate, namespace as namespace, value as value, row_key as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) model_row
group by fate, namespace, value;

-- sums
select fate, count(*) as members, sum(row_count) as row_count from muster.muster_member group by fate;

-- differences
insert into muster.muster_change (difference, namespace, value, row_key)
select
  case
    when member.value is null then 'gone'
    when accepted.value is null or accepted.sure = 0 then 'fresh'
    else 'moved'
  end,
  coalesce(member.namespace, accepted.namespace), coalesce(member.value, accepted.value),
  coalesce(member.row_key, accepted.row_key)
from (select namespace, value, row_key from muster.muster_member where fate = 0) member
full join muster.sync_v7 accepted
  on accepted.value = member.value and accepted.namespace = member.namespace
where member.value is null or accepted.value is null or accepted.sure = 0 or accepted.row_key <> member.row_key;

-- again, all
insert into muster.muster_change (difference, namespace, value, row_key)
select 'again', member.namespace, member.value, member.row_key
from muster.muster_member member
join (select namespace, value from muster.sync_v7 where sure = 1) accepted
  on accepted.value = member.value and accepted.namespace = member.namespace
where member.fate = 0;

-- again, without duplicates
insert into muster.muster_change (difference, namespace, value, row_key)
select 'again', member.namespace, member.value, member.row_key
from muster.muster_member member
join (select namespace, value from muster.sync_v7 where sure = 1) accepted
  on accepted.value = member.value and accepted.namespace = member.namespace
join (
  select distinct model_row.namespace as namespace, model_row.value as value
  from muster.muster_member model_row
  join (select distinct row_key from muster.muster_change where difference = 'gone') gone
    on gone.row_key = model_row.row_key
  where model_row.fate = 0
) touched on touched.value = member.value and touched.namespace = member.namespace
where member.fate = 0;

-- again, with duplicates
insert into muster.muster_change (difference, namespace, value, row_key)
select 'again', member.namespace, member.value, member.row_key
from muster.muster_member member
join (select namespace, value from muster.sync_v7 where sure = 1) accepted
  on accepted.value = member.value and accepted.namespace = member.namespace
join (
  select distinct model_row.namespace as namespace, model_row.value as value
  from (
select fate, namespace as namespace, value as value, row_key as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) model_row
  join (select distinct row_key from muster.muster_change where difference = 'gone') gone
    on gone.row_key = model_row.row_key
  where model_row.fate = 0
) touched on touched.value = member.value and touched.namespace = member.namespace
where member.fate = 0;

-- standing
select model_row.namespace as namespace, model_row.value as value, model_row.row_key as row_key
from (
select fate, namespace as namespace, value as value, row_key as row_key
from (
select fate,
  case when fate = 0 then namespace else '' end as namespace,
  case when fate = 0 then value else '' end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when strlen(value) > 987 or regexp_matches(value, '[\x00-\x1f\x7f]') then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then 'external_id' when length(replace(model_row."crm_id", ' ', '')) > 0 then 'alias:it''s \ crm' else '' end as namespace,
      case when length(replace(model_row."customer_id", ' ', '')) > 0 then model_row."customer_id" when length(replace(model_row."crm_id", ' ', '')) > 0 then model_row."crm_id" end as value,
      coalesce(model_row."id", '') as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) model_row
join (select distinct row_key from muster.muster_change where difference = 'gone') gone
  on gone.row_key = model_row.row_key
where model_row.fate = 0;

-- changes
select difference as difference, namespace as namespace, value as value, row_key as row_key from muster.muster_change;

-- fold 1
delete from muster.sync_v7 where (namespace, value) in (select namespace, value from muster.sync_delta);

-- fold 2
insert into muster.sync_v7 (namespace, value, row_key, sure) select namespace, value, row_key, sure from muster.sync_delta where sure >= 0;

-- rename
alter table muster.sync_new rename to "sync_v7";
