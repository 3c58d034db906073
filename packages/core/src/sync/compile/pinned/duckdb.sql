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
