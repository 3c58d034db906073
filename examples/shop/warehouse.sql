-- The shop's day. Models ask it instead of the clock, so that a run can be repeated.
create table shop_clock (today date not null);

create table customers (
  contact_id   varchar not null,
  customer_id  varchar,
  crm_id       varchar,
  first_name   varchar,
  last_name    varchar,
  email        varchar,
  country      varchar not null,
  plan         varchar not null
);

create table orders (
  order_id    varchar not null,
  contact_id  varchar not null,
  ordered_on  date not null,
  amount      decimal(12, 2) not null,
  status      varchar not null
);

create table devices (
  device_id     varchar not null,
  contact_id    varchar not null,
  platform      varchar not null,
  last_seen_at  timestamp not null
);

create table events (
  contact_id   varchar not null,
  name         varchar not null,
  happened_at  timestamp not null
);
