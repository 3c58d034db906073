-- A run may repair a cohort by what the destination says is in it (core/sync/reconcile.ts).
alter table sync.run drop constraint run_kind_check;
alter table sync.run add constraint run_kind_check check (kind in ('sync', 'full_resync', 'reset', 'undo', 'reconcile'));
