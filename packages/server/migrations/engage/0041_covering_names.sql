-- An import looks up a thousand names and wants nothing but the profile's number. With the number in the index it is not
-- fetched from the table: at 2 M profiles those thousand pages were 11 of the 19 ms that an import took.
create unique index profile_external_id_number on engage.profile (workspace_id, external_id)
  include (profile_id) where external_id is not null;
drop index engage.profile_external_id;
alter index engage.profile_external_id_number rename to profile_external_id;
