with bought as (
  select contact_id, sum(amount) as spend, max(ordered_on) as last_order_on
  from orders
  where status = 'paid'
  group by contact_id
),
last_device as (
  select contact_id, arg_max(device_id, last_seen_at) as device_id
  from devices
  group by contact_id
)
select
  c.contact_id,
  c.customer_id,
  c.crm_id,
  d.device_id as last_device_id,
  c.first_name,
  c.country,
  b.spend,
  b.last_order_on
from customers c
join bought b using (contact_id)
left join last_device d using (contact_id)
cross join shop_clock
where b.spend >= 500
  and b.last_order_on < shop_clock.today - 90
