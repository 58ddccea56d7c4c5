-- Envelope i. The ids are in the order of time.
CREATE FUNCTION e(i int) RETURNS uuid IMMUTABLE LANGUAGE sql
  AS $$
    SELECT (lpad(to_hex(1767225600000 + i::bigint * 1000), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid
  $$;
CREATE FUNCTION es(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(e(i) ORDER BY i) FROM generate_series(a, b) i $$;

-- 10,000 exhausted envelopes of user 5, of 100 shares each, from all of which users 1 to 100 have a share; then 256
-- open ones of which half is taken, 200 that are due, and one with 1,000 shares.
CREATE FUNCTION envelopes(a int, b int, shares int, life interval, settled boolean) RETURNS void LANGUAGE sql AS $$
  INSERT INTO envelope (id, conversation, seq, sender, client_id, digest, kind, greeting, total, shares, seed,
                        parameters, nonce, commitment, expires_at, settled_at)
  SELECT e(i), c(3 + i % 997), 1, u(5), 'envelope' || i, '\x00', 'lucky', 'Good luck', 10 * shares,
         array_fill(10::bigint, ARRAY[shares]), '\x00', 'parameters', 'nonce', '\x00', now() + life,
         CASE WHEN settled THEN now() END
  FROM generate_series(a, b) i
$$;
CREATE FUNCTION claims(a int, b int, shares int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO claim (envelope, idx, user_id, amount, at)
  SELECT e(i), n, u(n + 1), 10, clock_timestamp() FROM generate_series(a, b) i, generate_series(0, shares - 1) n
$$;
SELECT envelopes(1, 10000, 100, interval '1 day', false), claims(1, 10000, 100);
SELECT envelopes(10001, 10256, 100, interval '1 day', false), claims(10001, 10256, 50);
SELECT envelopes(10257, 10456, 100, interval '-1 minute', false), claims(10257, 10456, 50);
SELECT envelopes(10457, 10457, 1000, interval '1 day', false), claims(10457, 10457, 1000);
INSERT INTO ledger_account (id, kind, balance)
SELECT e.id, 'envelope', e.total - (SELECT sum(amount) FROM claim c WHERE c.envelope = e.id) FROM envelope e;
