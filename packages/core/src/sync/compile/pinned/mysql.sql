-- identify
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged;

-- checksums
select bucket, count(*) as row_count, sum(low) as low, sum(middle) as middle, sum(high) as high
from (
  select bucket, cast(conv(substr(row_hash, 1, 7), 16, 10) as signed) as low, cast(conv(substr(row_hash, 8, 7), 16, 10) as signed) as middle, cast(conv(substr(row_hash, 15, 7), 16, 10) as signed) as high
  from (
    select bucket, md5(concat(cast(namespace as binary), 0x00, cast(value as binary), 0x00, cast(row_key as binary))) as row_hash
    from (
select
  case when fate < 0 then fate else cast(conv(substr(md5(concat(cast(namespace as binary), 0x00, cast(value as binary))), 1, 3), 16, 10) as signed) end as bucket,
  namespace, value, row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
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
  case when fate < 0 then fate else cast(conv(substr(md5(concat(cast(namespace as binary), 0x00, cast(value as binary))), 1, 3), 16, 10) as signed) end as bucket,
  namespace, value, row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
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
  case when fate < 0 then fate else cast(conv(substr(md5(concat(cast(namespace as binary), 0x00, cast(value as binary))), 1, 3), 16, 10) as signed) end as bucket,
  namespace, value, row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) bucketed
where bucket >= 0 and md5(concat(cast(row_key as binary))) in (convert(0x6334636134323338613062393233383230646363353039613666373538343962 using utf8mb4));

-- state
create table muster.sync_v7 (namespace varbinary(1000), value varbinary(1000), row_key varbinary(8000), sure bigint, key (value, namespace), key (row_key(190)));

-- change
create table muster.muster_change (difference varbinary(1000), namespace varbinary(1000), value varbinary(1000), row_key varbinary(8000), members bigint, row_count bigint, key (value, namespace), key (row_key(190)));

-- changes
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select difference, told_namespace, told_value, told_row_key, count(*), sum(named_by)
from (
  select difference, named_by, case when difference = cast(convert(0x73616d65 using utf8mb4) as binary) then cast(convert('' using utf8mb4) as binary) else namespace end as told_namespace, case when difference = cast(convert(0x73616d65 using utf8mb4) as binary) then cast(convert('' using utf8mb4) as binary) else value end as told_value, case when difference = cast(convert(0x73616d65 using utf8mb4) as binary) then cast(convert('' using utf8mb4) as binary) else row_key end as told_row_key
  from (
    select
      case
        when fate = -1 then cast(convert(0x776974686f7574 using utf8mb4) as binary)
        when fate = -2 then cast(convert(0x696e76616c6964 using utf8mb4) as binary)
        when named_by = 0 then cast(convert(0x676f6e65 using utf8mb4) as binary)
        when surety < 1 then cast(convert(0x6672657368 using utf8mb4) as binary)
        when known_key <> present_key then cast(convert(0x6d6f766564 using utf8mb4) as binary)
        else cast(convert(0x73616d65 using utf8mb4) as binary)
      end as difference,
      namespace, value, coalesce(present_key, known_key) as row_key, named_by
    from (
      select fate, namespace, value, max(sure) as surety,
        min(case when sure < 0 then row_key end) as present_key, count(case when sure < 0 then 1 end) as named_by,
        min(case when sure >= 0 then row_key end) as known_key
      from (
        select fate, namespace, value, row_key, -1 as sure
        from (
select fate, cast(namespace as binary) as namespace, cast(value as binary) as value, cast(row_key as binary) as row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
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
  case fate when 0 then cast(convert(0x6672657368 using utf8mb4) as binary) when -1 then cast(convert(0x776974686f7574 using utf8mb4) as binary) else cast(convert(0x696e76616c6964 using utf8mb4) as binary) end,
  namespace, value, min(row_key), 1, count(*)
from (
select fate, cast(namespace as binary) as namespace, cast(value as binary) as value, cast(row_key as binary) as row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) model_row
group by fate, namespace, value;

-- sums
select convert(difference using utf8mb4) as difference, sum(members) as members, sum(row_count) as row_count from muster.muster_change group by convert(difference using utf8mb4);

-- moved again
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select cast(convert(0x616761696e using utf8mb4) as binary), namespace, value, row_key, 0, 0
from muster.muster_change where difference = cast(convert(0x6d6f766564 using utf8mb4) as binary);

-- again, without duplicates
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select cast(convert(0x616761696e using utf8mb4) as binary), accepted.namespace, accepted.value, accepted.row_key, 0, 0
from muster.sync_v7 accepted
left join (
  select namespace, value, row_key, difference
  from muster.muster_change where difference in (cast(convert(0x6672657368 using utf8mb4) as binary), cast(convert(0x676f6e65 using utf8mb4) as binary), cast(convert(0x6d6f766564 using utf8mb4) as binary))
) changed on changed.value = accepted.value and changed.namespace = accepted.namespace
where accepted.sure = 1 and accepted.row_key in (select row_key from muster.muster_change where difference = cast(convert(0x676f6e65 using utf8mb4) as binary)) and coalesce(changed.difference, cast(convert('' using utf8mb4) as binary)) = cast(convert('' using utf8mb4) as binary)
union all
select cast(convert(0x616761696e using utf8mb4) as binary), namespace, value, row_key, 0, 0
from muster.muster_change
where difference = cast(convert(0x6d6f766564 using utf8mb4) as binary) and row_key in (select row_key from muster.muster_change where difference = cast(convert(0x676f6e65 using utf8mb4) as binary));

-- again, with duplicates
insert into muster.muster_change (difference, namespace, value, row_key, members, row_count)
select cast(convert(0x616761696e using utf8mb4) as binary), accepted.namespace, accepted.value,
  case when coalesce(changed.difference, cast(convert('' using utf8mb4) as binary)) = cast(convert('' using utf8mb4) as binary) then accepted.row_key else changed.row_key end, 0, 0
from muster.sync_v7 accepted
join (
  select distinct namespace, value
  from (
select fate, cast(namespace as binary) as namespace, cast(value as binary) as value, cast(row_key as binary) as row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
  ) model_row
  where fate = 0 and row_key in (select row_key from muster.muster_change where difference = cast(convert(0x676f6e65 using utf8mb4) as binary))
) touched on touched.value = accepted.value and touched.namespace = accepted.namespace
left join (
  select namespace, value, row_key, difference
  from muster.muster_change where difference in (cast(convert(0x6672657368 using utf8mb4) as binary), cast(convert(0x676f6e65 using utf8mb4) as binary), cast(convert(0x6d6f766564 using utf8mb4) as binary))
) changed on changed.value = accepted.value and changed.namespace = accepted.namespace
where accepted.sure = 1 and (coalesce(changed.difference, cast(convert('' using utf8mb4) as binary)) = cast(convert('' using utf8mb4) as binary) or changed.difference = cast(convert(0x6d6f766564 using utf8mb4) as binary));

-- standing
select convert(model_row.namespace using utf8mb4) as namespace, convert(model_row.value using utf8mb4) as value, convert(model_row.row_key using utf8mb4) as row_key
from (
select fate, cast(namespace as binary) as namespace, cast(value as binary) as value, cast(row_key as binary) as row_key
from (
select fate,
  case when fate = 0 then namespace else convert('' using utf8mb4) end as namespace,
  case when fate = 0 then value else convert('' using utf8mb4) end as value,
  row_key
from (
  select
    case
      when value is null then -1
      when octet_length(value) > 987 or value regexp convert(0x5b5c7830302d5c7831665c7837665d using utf8mb4) then -2
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then convert(0x65787465726e616c5f6964 using utf8mb4) when length(replace(model_row.`crm_id`, ' ', '')) > 0 then convert(0x616c6961733a69742773205c2063726d using utf8mb4) else convert('' using utf8mb4) end as namespace,
      case when length(replace(model_row.`customer_id`, ' ', '')) > 0 then model_row.`customer_id` when length(replace(model_row.`crm_id`, ' ', '')) > 0 then model_row.`crm_id` end as value,
      coalesce(model_row.`id`, convert('' using utf8mb4)) as row_key
    from (
select id, customer_id, crm_id from people
    ) model_row
  ) picked
) judged
) identified
) model_row
where model_row.fate = 0 and model_row.row_key in (select row_key from muster.muster_change where difference = cast(convert(0x676f6e65 using utf8mb4) as binary));

-- changes as text
select convert(difference using utf8mb4) as difference, convert(namespace using utf8mb4) as namespace, convert(value using utf8mb4) as value, convert(row_key using utf8mb4) as row_key
from muster.muster_change where difference in (cast(convert(0x6672657368 using utf8mb4) as binary), cast(convert(0x676f6e65 using utf8mb4) as binary), cast(convert(0x6d6f766564 using utf8mb4) as binary), cast(convert(0x616761696e using utf8mb4) as binary));

-- fold 1
delete known from muster.sync_v7 known join muster.sync_delta delta on delta.value = known.value and delta.namespace = known.namespace;

-- fold 2
insert into muster.sync_v7 (namespace, value, row_key, sure) select namespace, value, row_key, sure from muster.sync_delta where sure >= 0;

-- rename
alter table muster.sync_new rename to muster.sync_v7;
