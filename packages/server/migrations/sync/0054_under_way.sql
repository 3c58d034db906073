-- Until then an attempt of the batch that got no answer may still reach the destination, or be at work there. What would
-- undo it waits that long.
alter table sync.batch add column unanswered_until timestamptz;

create index batch_unanswered on sync.batch (unanswered_until) where unanswered_until is not null;
