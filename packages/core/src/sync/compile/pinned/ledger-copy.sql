-- duckdb: runs
create table if not exists muster.ledger_run (
  run_id varchar,
  sync varchar,
  run bigint,
  kind varchar,
  status varchar,
  destination varchar,
  cohort_id varchar,
  started_at timestamptz,
  finished_at timestamptz,
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message varchar
);

-- duckdb: changes
create table if not exists muster.ledger_change (
  run_id varchar,
  n bigint,
  sync varchar,
  run bigint,
  operation varchar,
  identifier_kind varchar,
  identifier_label varchar,
  identifier_value varchar,
  row_key varchar,
  batch bigint,
  status varchar,
  attempts bigint,
  answer varchar,
  request_id varchar,
  settled_at timestamptz
);

-- duckdb: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- postgres: runs
create table if not exists muster.ledger_run (
  run_id text,
  sync text,
  run bigint,
  kind text,
  status text,
  destination text,
  cohort_id text,
  started_at timestamptz,
  finished_at timestamptz,
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message text, primary key (run_id)
);

-- postgres: changes
create table if not exists muster.ledger_change (
  run_id text,
  n bigint,
  sync text,
  run bigint,
  operation text,
  identifier_kind text,
  identifier_label text,
  identifier_value text,
  row_key text,
  batch bigint,
  status text,
  attempts bigint,
  answer text,
  request_id text,
  settled_at timestamptz, primary key (run_id, n)
);

-- postgres: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- redshift: runs
create table if not exists muster.ledger_run (
  run_id varchar(65535),
  sync varchar(65535),
  run bigint,
  kind varchar(65535),
  status varchar(65535),
  destination varchar(65535),
  cohort_id varchar(65535),
  started_at timestamptz,
  finished_at timestamptz,
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message varchar(65535)
);

-- redshift: changes
create table if not exists muster.ledger_change (
  run_id varchar(65535),
  n bigint,
  sync varchar(65535),
  run bigint,
  operation varchar(65535),
  identifier_kind varchar(65535),
  identifier_label varchar(65535),
  identifier_value varchar(65535),
  row_key varchar(65535),
  batch bigint,
  status varchar(65535),
  attempts bigint,
  answer varchar(65535),
  request_id varchar(65535),
  settled_at timestamptz
);

-- redshift: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- mysql: runs
create table if not exists muster.ledger_run (
  run_id varchar(32) character set ascii,
  sync varchar(255) character set utf8mb4 collate utf8mb4_bin,
  run bigint,
  kind varchar(255) character set utf8mb4 collate utf8mb4_bin,
  status varchar(255) character set utf8mb4 collate utf8mb4_bin,
  destination varchar(255) character set utf8mb4 collate utf8mb4_bin,
  cohort_id mediumtext character set utf8mb4 collate utf8mb4_bin,
  started_at datetime(3),
  finished_at datetime(3),
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message mediumtext character set utf8mb4 collate utf8mb4_bin, primary key (run_id)
);

-- mysql: changes
create table if not exists muster.ledger_change (
  run_id varchar(32) character set ascii,
  n bigint,
  sync varchar(255) character set utf8mb4 collate utf8mb4_bin,
  run bigint,
  operation varchar(255) character set utf8mb4 collate utf8mb4_bin,
  identifier_kind varchar(255) character set utf8mb4 collate utf8mb4_bin,
  identifier_label mediumtext character set utf8mb4 collate utf8mb4_bin,
  identifier_value mediumtext character set utf8mb4 collate utf8mb4_bin,
  row_key mediumtext character set utf8mb4 collate utf8mb4_bin,
  batch bigint,
  status varchar(255) character set utf8mb4 collate utf8mb4_bin,
  attempts bigint,
  answer mediumtext character set utf8mb4 collate utf8mb4_bin,
  request_id mediumtext character set utf8mb4 collate utf8mb4_bin,
  settled_at datetime(3), primary key (run_id, n)
);

-- mysql: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- snowflake: runs
create table if not exists muster.ledger_run (
  run_id varchar,
  sync varchar,
  run bigint,
  kind varchar,
  status varchar,
  destination varchar,
  cohort_id varchar,
  started_at timestamp_tz,
  finished_at timestamp_tz,
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message varchar
);

-- snowflake: changes
create table if not exists muster.ledger_change (
  run_id varchar,
  n bigint,
  sync varchar,
  run bigint,
  operation varchar,
  identifier_kind varchar,
  identifier_label varchar,
  identifier_value varchar,
  row_key varchar,
  batch bigint,
  status varchar,
  attempts bigint,
  answer varchar,
  request_id varchar,
  settled_at timestamp_tz
);

-- snowflake: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- bigquery: runs
create table if not exists muster.ledger_run (
  run_id string,
  sync string,
  run int64,
  kind string,
  status string,
  destination string,
  cohort_id string,
  started_at timestamp,
  finished_at timestamp,
  rows_read int64,
  members int64,
  rows_without_identifier int64,
  rows_invalid int64,
  rows_duplicate int64,
  added int64,
  removed int64,
  unchanged int64,
  reasserted int64,
  planned int64,
  accepted int64,
  rejected int64,
  pending int64,
  requests int64,
  message string
);

-- bigquery: changes
create table if not exists muster.ledger_change (
  run_id string,
  n int64,
  sync string,
  run int64,
  operation string,
  identifier_kind string,
  identifier_label string,
  identifier_value string,
  row_key string,
  batch int64,
  status string,
  attempts int64,
  answer string,
  request_id string,
  settled_at timestamp
);

-- bigquery: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- databricks: runs
create table if not exists muster.ledger_run (
  run_id string,
  sync string,
  run bigint,
  kind string,
  status string,
  destination string,
  cohort_id string,
  started_at timestamp,
  finished_at timestamp,
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message string
);

-- databricks: changes
create table if not exists muster.ledger_change (
  run_id string,
  n bigint,
  sync string,
  run bigint,
  operation string,
  identifier_kind string,
  identifier_label string,
  identifier_value string,
  row_key string,
  batch bigint,
  status string,
  attempts bigint,
  answer string,
  request_id string,
  settled_at timestamp
);

-- databricks: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- clickhouse: runs
create table if not exists muster.ledger_run (
  run_id String,
  sync Nullable(String),
  run Nullable(Int64),
  kind Nullable(String),
  status Nullable(String),
  destination Nullable(String),
  cohort_id Nullable(String),
  started_at Nullable(DateTime64(3, 'UTC')),
  finished_at Nullable(DateTime64(3, 'UTC')),
  rows_read Nullable(Int64),
  members Nullable(Int64),
  rows_without_identifier Nullable(Int64),
  rows_invalid Nullable(Int64),
  rows_duplicate Nullable(Int64),
  added Nullable(Int64),
  removed Nullable(Int64),
  unchanged Nullable(Int64),
  reasserted Nullable(Int64),
  planned Nullable(Int64),
  accepted Nullable(Int64),
  rejected Nullable(Int64),
  pending Nullable(Int64),
  requests Nullable(Int64),
  message Nullable(String)
) engine = ReplacingMergeTree order by (run_id);

-- clickhouse: changes
create table if not exists muster.ledger_change (
  run_id String,
  n Int64,
  sync Nullable(String),
  run Nullable(Int64),
  operation Nullable(String),
  identifier_kind Nullable(String),
  identifier_label Nullable(String),
  identifier_value Nullable(String),
  row_key Nullable(String),
  batch Nullable(Int64),
  status Nullable(String),
  attempts Nullable(Int64),
  answer Nullable(String),
  request_id Nullable(String),
  settled_at Nullable(DateTime64(3, 'UTC'))
) engine = ReplacingMergeTree order by (run_id, n);

-- clickhouse: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';

-- trino: runs
create table if not exists muster.ledger_run (
  run_id varchar,
  sync varchar,
  run bigint,
  kind varchar,
  status varchar,
  destination varchar,
  cohort_id varchar,
  started_at timestamp(3) with time zone,
  finished_at timestamp(3) with time zone,
  rows_read bigint,
  members bigint,
  rows_without_identifier bigint,
  rows_invalid bigint,
  rows_duplicate bigint,
  added bigint,
  removed bigint,
  unchanged bigint,
  reasserted bigint,
  planned bigint,
  accepted bigint,
  rejected bigint,
  pending bigint,
  requests bigint,
  message varchar
);

-- trino: changes
create table if not exists muster.ledger_change (
  run_id varchar,
  n bigint,
  sync varchar,
  run bigint,
  operation varchar,
  identifier_kind varchar,
  identifier_label varchar,
  identifier_value varchar,
  row_key varchar,
  batch bigint,
  status varchar,
  attempts bigint,
  answer varchar,
  request_id varchar,
  settled_at timestamp(3) with time zone
);

-- trino: anew
delete from muster.ledger_change where run_id = '0f4c5a2e6b134d92';
