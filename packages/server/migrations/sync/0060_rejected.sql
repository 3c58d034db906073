-- What the destination rejects in run after run: a file beside the state, and how often what it says was forgotten, so that a
-- run which was planned before does not bring it back.
alter table sync.sync add column rejected jsonb, add column rejected_epoch bigint not null default 0;
