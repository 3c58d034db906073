-- Requests that were sent to a destination in an hour of the clock, over all syncs and servers; taken in advance, in chunks.
create table sync.request_quota (
  destination text primary key references sync.destination (name) on delete cascade,
  hour timestamptz not null,
  taken integer not null
);
