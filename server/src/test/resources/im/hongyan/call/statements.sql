-- 200 calls of each of the conversations 1 to 1,000 have ended, and one is open. No node has looked for the open ones.
CREATE FUNCTION call_of(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('call' || i)::uuid $$;
CREATE FUNCTION calls(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(call_of(i) ORDER BY i) FROM generate_series(a, b) i $$;
INSERT INTO call (id, conversation, caller, client_id, digest, media, started_at, ended_at, outcome, reason, seconds,
                  checked_at)
SELECT call_of(i), c(1 + i % 1000), u(1 + i % 500), 'call' || i, '\x00', 'video', now() - interval '1 day',
       CASE WHEN i <= 200000 THEN now() END, CASE WHEN i <= 200000 THEN 'completed' END,
       CASE WHEN i <= 200000 THEN 'left' END, CASE WHEN i <= 200000 THEN 60 END, now() - interval '1 hour'
FROM generate_series(1, 201000) i;
