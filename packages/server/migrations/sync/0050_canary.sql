-- The first changes of a run go alone (core/sync/canary.ts): how many the run was begun with, in place of what its sync says; and
-- how far it goes before it judges, and what it found: {"rule", "steps", "checks"}.
alter table sync.run add column canary_first integer check (canary_first > 0);
alter table sync.run add column canary jsonb;

create index run_held on sync.run (sync_id) where status = 'held';
