-- The ledger of a run that has ended: a Parquet file with what became of each change, as the manifest of that file. Null
-- until it is written, which is soon after the end of the run, and after it is forgotten.
alter table sync.run add column ledger jsonb;

create index run_without_ledger on sync.run (id)
  where ledger is null and changes is not null and status in ('done', 'incomplete', 'stopped', 'cancelled');
