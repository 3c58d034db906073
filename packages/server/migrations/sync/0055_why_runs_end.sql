-- Why a run did not end as it was wanted (core/sync/report.ts, RunCause), for whoever says it in another language.
alter table sync.run add column cause jsonb;
