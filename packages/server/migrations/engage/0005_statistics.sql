-- A table that was never analysed makes the planner believe that one workspace is 0.5 % of it, and so read the whole
-- workspace where it should look up one key (seen: 443 instead of 9,000 tracked users a second, until autovacuum came by).
-- Statistics outlive the rows that they were taken from: some rows, ANALYZE, and the rows go.

insert into engage.profile (workspace_id, external_id, created_at, updated_at)
select 1, case when i % 4 > 0 then 'user ' || i end, now(), now() from generate_series(1, 4000) i;

insert into engage.alias (workspace_id, label, name, profile_id)
select workspace_id, 'label', 'name ' || profile_id, profile_id from engage.profile;

insert into engage.device (workspace_id, device_id, profile_id)
select workspace_id, 'device ' || profile_id, profile_id from engage.profile;

insert into engage.cohort (workspace_id, partner, cohort_id, created_at)
select 1, 'hightouch', 'cohort ' || i, now() from generate_series(1, 20) i;

insert into engage.cohort_member (workspace_id, cohort, profile_id, import)
select p.workspace_id, c.cohort, p.profile_id, 1
from engage.cohort c join engage.profile p on p.profile_id % 20 = c.cohort % 20;

insert into engage.canvas_entry (workspace_id, canvas, profile_id, state, due_at, entered_at)
select workspace_id, 1, profile_id, case when profile_id % 4 = 0 then 'waiting' else 'exited' end, now(), now()
from engage.profile;

insert into engage.send (workspace_id, source, template, profile_id, status, reserved_at)
select workspace_id, 1, 1, profile_id, case when profile_id % 4 = 0 then 'pending' else 'sent' end, now()
from engage.profile;

insert into engage.inbox_message (workspace_id, send, subject, body, at)
select workspace_id, send, 'subject', 'body', now() from engage.send;

analyze engage.profile, engage.alias, engage.device, engage.cohort, engage.cohort_member, engage.canvas_entry,
  engage.send, engage.inbox_message;

truncate engage.profile, engage.alias, engage.device, engage.cohort, engage.cohort_member, engage.canvas_entry,
  engage.send, engage.inbox_message restart identity;
alter sequence engage.profile_number restart with 1;
