-- Imports of users from CSV. A sender reads the file and gives its rows in order; each batch of rows is applied and
-- counted here in one transaction, so that an interrupted import says exactly how far it came and can be taken up.
create table engage.user_import (
  workspace_id integer not null,
  import_id uuid not null,
  name text not null,
  -- [{"name", "type"}] in the order of the file.
  columns jsonb not null,
  existing_only boolean not null,
  status text not null check (status in ('importing', 'done', 'cancelled')),
  -- rows_read = created + updated + rejected
  rows_read bigint not null default 0,
  created bigint not null default 0,
  updated bigint not null default 0,
  rejected bigint not null default 0,
  started_at timestamptz not null,
  -- When rows came last, or it ended.
  touched_at timestamptz not null,
  primary key (workspace_id, import_id)
);

create index user_import_newest on engage.user_import (workspace_id, started_at desc);

create table engage.user_import_reject (
  workspace_id integer not null,
  import_id uuid not null,
  -- Number of the row in the file, from 0, without the first line.
  row_number bigint not null,
  -- Line of the file on which the row begins.
  line bigint not null,
  cells text[] not null,
  reason text not null,
  primary key (workspace_id, import_id, row_number),
  foreign key (workspace_id, import_id) references engage.user_import on delete cascade
);
