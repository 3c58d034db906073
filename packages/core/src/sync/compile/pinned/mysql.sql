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
