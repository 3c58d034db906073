-- Syncs from before there were modes keep their cohort exactly.
update sync.sync set definition = definition || '{"mode": "mirror"}' where not definition ? 'mode';
