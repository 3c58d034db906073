-- A destination was turned to another place: the next run of each of its syncs sends everything once more.
alter table sync.sync add column sends_all boolean not null default false;
