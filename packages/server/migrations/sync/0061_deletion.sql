-- Syncs that were deleted a short while ago: what their files and tables are known by until these are gone for certain. A folder
-- is deleted only when its sync stands here, never because the database does not know it: the database may be the wrong one.
create table sync.deleted_sync (
  id bigint primary key,
  name text not null,
  deleted_at timestamptz not null
);

-- In which sources' warehouses a sync's tables may stand (engine `warehouse`), and how their names begin. A row outlives its
-- sync until the tables are dropped.
create table sync.warehouse_table (
  sync_id bigint not null,
  source text not null,
  prefix text not null,
  primary key (sync_id, source, prefix)
);
