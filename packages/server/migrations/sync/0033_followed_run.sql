-- Of a sync that runs after another: the newest run of that other sync that it has followed.
alter table sync.sync add column followed_run bigint not null default 0;
