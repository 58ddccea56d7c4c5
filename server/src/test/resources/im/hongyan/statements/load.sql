-- Fills a migrated, empty database with the users and conversations of docs/statements.md. The statements.sql of the
-- packages add their rows afterwards. Foreign keys are not checked.

-- User i, conversation i, and their arrays.
CREATE FUNCTION u(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('user' || i)::uuid $$;
CREATE FUNCTION c(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('conversation' || i)::uuid $$;
CREATE FUNCTION us(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(u(i) ORDER BY i) FROM generate_series(a, b) i $$;
CREATE FUNCTION cs(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(c(i) ORDER BY i) FROM generate_series(a, b) i $$;
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
CREATE FUNCTION sessions(a int, b int) RETURNS uuid[] IMMUTABLE LANGUAGE sql
  AS $$ SELECT array_agg(session_of(i, 1) ORDER BY i) FROM generate_series(a, b) i $$;
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
