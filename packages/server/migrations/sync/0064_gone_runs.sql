-- What names a run is found by it: a sync of 35,000 runs was deleted in 68 s without these, since each run that went was looked
-- for in all others.
create index run_undoing on sync.run (undoes) where undoes is not null;
create index dbt_job_by_run on sync.dbt_job (run_id) where run_id is not null;
create index trigger_key_by_run on sync.trigger_key (run_id);
