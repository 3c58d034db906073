select
  c.contact_id,
  c.customer_id,
  c.crm_id,
  (
    select arg_max(d.device_id, d.last_seen_at) from devices d where d.contact_id = c.contact_id
  ) as last_device_id
from customers c
where exists (
    select 1
    from orders o
    where o.contact_id = c.contact_id
      and o.status = 'paid'
      and o.ordered_on between date '2026-03-01' and date '2026-05-31'
  )
  and not exists (
    select 1 from events e where e.contact_id = c.contact_id and e.name = 'unsubscribed'
  )
