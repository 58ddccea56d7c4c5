-- Fills a migrated, empty database with the data of docs/statements.md. Run by a superuser, who can turn off the checks
-- of foreign keys: with them, the load would take much longer.
SET session_replication_role = replica;

-- User i, conversation i, their arrays, and envelope i. The ids of envelopes are in the order of time.
CREATE FUNCTION u(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('user' || i)::uuid $$;
CREATE FUNCTION c(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('conversation' || i)::uuid $$;
CREATE FUNCTION us(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(u(i) ORDER BY i) FROM generate_series(a, b) i $$;
CREATE FUNCTION cs(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(c(i) ORDER BY i) FROM generate_series(a, b) i $$;
CREATE FUNCTION e(i int) RETURNS uuid IMMUTABLE LANGUAGE sql
  AS $$
    SELECT (lpad(to_hex(1767225600000 + i::bigint * 1000), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid
  $$;
CREATE FUNCTION es(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(e(i) ORDER BY i) FROM generate_series(a, b) i $$;
-- n copies of a value, and n different texts.
CREATE FUNCTION times(value anyelement, n int) RETURNS anyarray IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_fill(value, ARRAY[n]) $$;
CREATE FUNCTION names(prefix text, n int) RETURNS text[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(prefix || i) FROM generate_series(1, n) i $$;

-- 100,000 accounts. Clean-ups of 1,000 deleted ones are due.
INSERT INTO account (id, username, username_hash, display_name, password, created_at)
SELECT u(i), 'user' || i, sha256(convert_to('user' || i, 'UTF8')), 'User ' || i, 'password', now()
FROM generate_series(1, 100000) i;
INSERT INTO account (id, username_hash, display_name, created_at, deleted_at, cleanup_at)
SELECT u(i), sha256(convert_to('user' || i, 'UTF8')), '', now(), now(), now() - make_interval(secs => i)
FROM generate_series(100001, 101000) i;

-- Two sessions of each user, 55 of user 1, 2,000 expired ones, and 200,000 revocations.
CREATE FUNCTION session_of(i int, n int) RETURNS uuid IMMUTABLE LANGUAGE sql
  AS $$ SELECT md5('session' || i || '/' || n)::uuid $$;
INSERT INTO session (id, user_id, device, generation, token_hash, tag_key, created_at, rotated_at, expires_at, network)
SELECT session_of(i, n), u(i), 'device', 0, '\x00', '\x00', now(), now() - make_interval(secs => n),
       now() + CASE WHEN i > 99000 AND n = 1 THEN interval '-1 day' ELSE interval '30 days' END, 'network' || n
FROM generate_series(1, 101000) i, generate_series(1, CASE WHEN i = 1 THEN 55 ELSE 2 END) n;
INSERT INTO revocation (session_id, revoked_at)
SELECT md5('revoked' || i)::uuid, now() - CASE WHEN i % 2 = 0 THEN interval '1 day' ELSE interval '8 days' END
FROM generate_series(1, 200000) i;

INSERT INTO last_seen SELECT u(i), now() FROM generate_series(1, 100000) i;
INSERT INTO node (boot_id, address, unreached)
SELECT 'node' || i, '127.0.0.1:' || i, '{}' FROM generate_series(1, 20) i;
INSERT INTO epoch (id, system, timeline) VALUES (u(1), 1, 1);

-- Conversation 1 has a million entries; users 1 to 499 have 64 windows in it, user 500 sees all of it. Entries 200,001
-- to 700,000 are reactions. Users 1 to 500 are members of the groups 1 to 1,000 and have been active in all of them.
-- Group 2 has 99,500 former members. The groups 3 to 102 have 1,100 entries each, all other conversations 3. User
-- 99,000 has 1,000 direct conversations, numbered from 1001, with the users from 1001.
CREATE FUNCTION entries_of(i int) RETURNS int IMMUTABLE LANGUAGE sql
  AS $$ SELECT CASE WHEN i = 1 THEN 1000000 WHEN i <= 102 THEN 1100 ELSE 3 END $$;
INSERT INTO conversation (id, kind, title, last_seq, last_at, shown_seq, member_count, member_version)
SELECT c(i), CASE WHEN i <= 1000 THEN 2 ELSE 1 END, 'Title ' || i, entries_of(i), now() - make_interval(secs => i),
       entries_of(i), CASE WHEN i <= 1000 THEN 500 ELSE 2 END, 1
FROM generate_series(1, 2000) i;
INSERT INTO member (conversation, user_id, role, seen, joined_seq, wrote, opened, in_group)
SELECT c(i), u(j), CASE WHEN j = 1 THEN 3 ELSE 1 END,
       CASE WHEN i = 1 AND j < 500 THEN w.seen ELSE '{[1,)}' END, CASE WHEN i = 1 AND j < 500 THEN 960001 ELSE 1 END,
       true, true, true
FROM generate_series(1, 1000) i, generate_series(1, 500) j,
     (SELECT range_agg(int8range(n * 15000 + 1, CASE WHEN n < 63 THEN n * 15000 + 7501 END)) AS seen
      FROM (SELECT CASE WHEN n = 63 THEN 64 ELSE n END AS n FROM generate_series(0, 63) n) windows) w;
INSERT INTO member (conversation, user_id, role, seen, joined_seq, left_title, in_group)
SELECT c(2), u(j), 0, '{[1,11)}', 1, 'Title', true FROM generate_series(501, 100000) j;
INSERT INTO member (conversation, user_id, role, seen, joined_seq, wrote, opened)
SELECT c(i), u(j), 1, '{[1,)}', 1, true, true
FROM generate_series(1001, 2000) i, LATERAL (VALUES (99000), (i)) v (j);
INSERT INTO entry (conversation, seq, kind, sender, client_id, at, content, summary, digest, counts, shown, reacted_seq)
SELECT c(i), s, CASE WHEN is_reaction THEN 'reaction' ELSE 'message' END,
       CASE WHEN i <= 1000 THEN u(1 + s % 500) ELSE u(99000) END, 'client' || s, now(),
       '{"type":"text","text":"A message of about a hundred characters, as people write them in a group."}',
       NULL, '\x00', NOT is_reaction, NOT is_reaction, CASE WHEN i = 1 AND s > 999900 THEN s END
FROM generate_series(1, 2000) i, LATERAL generate_series(1, entries_of(i)) s,
     LATERAL (SELECT i = 1 AND s BETWEEN 200001 AND 700000 AS is_reaction) x;
-- The newest 100 entries of conversation 1 have 50 kinds of reactions, each of 40 members.
INSERT INTO reaction (conversation, seq, emoji, user_id)
SELECT c(1), s, 'emoji' || k, u(j)
FROM generate_series(999901, 1000000) s, generate_series(1, 50) k, generate_series(1, 40) j;

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

-- 500 live locations in each of the groups 1 to 100 run, each on a device of its user, and 100,000 have ended, 1,000 of
-- which may have left a position. User 1 has 100, and the time of 1,000 is over.
CREATE FUNCTION share_of(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('share' || i)::uuid $$;
CREATE FUNCTION shares(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(share_of(i) ORDER BY i) FROM generate_series(a, b) i $$;
INSERT INTO location_share (id, conversation, user_id, session, client_id, seconds, precision, seq, expires_at,
                            stopped_at, cleared, checked_at)
SELECT share_of(i), c(1 + i % 100), u(1 + i / 100 % 500), session_of(1 + i / 100 % 500, 1), 'share' || i, 3600,
       'precise', 1, now() + CASE WHEN i <= 1000 THEN interval '-1 minute' ELSE interval '1 hour' END,
       CASE WHEN i >= 50000 THEN now() END, i BETWEEN 50000 AND 148999, now() - interval '1 hour'
FROM generate_series(0, 149999) i;

INSERT INTO ledger_account (id, kind, balance)
SELECT p.id, CASE WHEN t.id IS NOT NULL THEN 'transfer' WHEN p.amount < 0 THEN 'world' ELSE 'wallet' END, p.amount
FROM (SELECT id, sum(amount) AS amount
      FROM (SELECT credit AS id, amount FROM posting UNION ALL SELECT debit, -amount FROM posting) sides
      GROUP BY id) p LEFT JOIN transfer t ON t.id = p.id
ON CONFLICT (id) DO UPDATE SET balance = EXCLUDED.balance;
INSERT INTO ledger_account (id, kind, balance)
SELECT e.id, 'envelope', e.total - (SELECT sum(amount) FROM claim c WHERE c.envelope = e.id) FROM envelope e;
INSERT INTO reconciliation_finding SELECT 'check' || i, 0, now() FROM generate_series(1, 20) i;

SET session_replication_role = DEFAULT;
