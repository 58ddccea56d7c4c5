-- A million postings: a top-up of each user, 10,001 transfers of user 1 to user 2 that wait since today, and 440,000
-- settled transfers, 100,000 of them to user 3.
CREATE FUNCTION t(i int) RETURNS uuid IMMUTABLE LANGUAGE sql
  AS $$
    SELECT (lpad(to_hex(1767225600000 + i::bigint * 1000), 12, '0') || '70008000' || lpad(to_hex(i), 12, 'a'))::uuid
  $$;
CREATE FUNCTION world(i int) RETURNS uuid IMMUTABLE LANGUAGE sql
  AS $$ SELECT ('00000000-0000-8000-8000-' || lpad(to_hex(i % 16), 12, '0'))::uuid $$;
INSERT INTO top_up (id, user_id, key, amount, provider, state, next_at, at, settled_at)
SELECT md5('topup' || i)::uuid, u(i), 'key', 1000000, 'sandbox', 'credited', now(), now() - interval '30 days', now()
FROM generate_series(1, 100000) i;
INSERT INTO top_up (id, user_id, key, amount, provider, state, next_at, at)
SELECT md5('new topup' || i)::uuid, u(1), 'key' || i, 1, 'sandbox', 'declined', now(), now() - interval '1 hour'
FROM generate_series(1, 10001) i;
INSERT INTO top_up (id, user_id, key, amount, provider, state, next_at, at)
SELECT md5('pending topup' || i)::uuid, u(i), 'pending', 1, 'sandbox', 'pending',
       now() - make_interval(secs => i), now()
FROM generate_series(1, 1000) i;
INSERT INTO posting (kind, ref, debit, credit, amount, currency, at)
SELECT 'topup', md5('topup' || i)::uuid, world(i), u(i), 1000000, 'points', now() - interval '30 days'
FROM generate_series(1, 100000) i;
INSERT INTO transfer (id, conversation, sender, recipient, client_id, amount, state, seq, at, expires_at, settled_at)
SELECT t(i), c(1001 + i % 1000), u(1 + (i * 7) % 99000),
       CASE WHEN i <= 100000 THEN u(3) ELSE u(1 + (i * 11) % 99000) END,
       'transfer' || i, 1, 'accepted', 1, now() - interval '2 days', now() - interval '1 day', now() - interval '1 day'
FROM generate_series(1, 440000) i;
INSERT INTO transfer (id, conversation, sender, recipient, client_id, amount, seq, at, expires_at)
SELECT t(440000 + i), c(3), u(1), u(2), 'waiting' || i, 1, 1, now(),
       now() + CASE WHEN i <= 1000 THEN interval '-1 minute' ELSE interval '1 day' END
FROM generate_series(1, 10001) i;
INSERT INTO posting (kind, ref, debit, credit, amount, currency, peer, at)
SELECT 'transfer', id, sender, id, amount, 'points', recipient, at FROM transfer
UNION ALL
SELECT 'transfer_accept', id, id, recipient, amount, 'points', sender, settled_at
FROM transfer WHERE state = 'accepted';
INSERT INTO ledger_account (id, kind, balance)
SELECT p.id, CASE WHEN t.id IS NOT NULL THEN 'transfer' WHEN p.amount < 0 THEN 'world' ELSE 'wallet' END, p.amount
FROM (SELECT id, sum(amount) AS amount
      FROM (SELECT credit AS id, amount FROM posting UNION ALL SELECT debit, -amount FROM posting) sides
      GROUP BY id) p LEFT JOIN transfer t ON t.id = p.id
ON CONFLICT (id) DO UPDATE SET balance = EXCLUDED.balance;
INSERT INTO reconciliation_finding SELECT 'check' || i, 0, now() FROM generate_series(1, 20) i;
