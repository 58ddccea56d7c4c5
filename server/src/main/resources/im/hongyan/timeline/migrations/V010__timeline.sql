-- The log: conversations, their members, their entries.
--
-- Every key begins with the conversation, so that the tables shard by it. What grows with traffic is partitioned by its
-- hash: indexes stay small, and vacuum works on pieces.

CREATE TABLE conversation (
  id              uuid PRIMARY KEY,
  kind            smallint NOT NULL,               -- 1 direct, 2 group
  title           text,
  open_history    boolean NOT NULL DEFAULT false,  -- those who join see what came before
  last_seq        bigint NOT NULL DEFAULT 0,       -- of the newest entry; entries are numbered from 1 without holes
  last_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  shown_seq       bigint NOT NULL DEFAULT 0,       -- of the newest entry that a list shows
  member_count    int NOT NULL DEFAULT 0,
  member_version  bigint NOT NULL DEFAULT 0,       -- moves whenever somebody joins, leaves or changes role
  changed         xid8 NOT NULL DEFAULT pg_current_xact_id()   -- of the last append; what sync compares
) WITH (fillfactor = 60);  -- room for the new version of a row that each append writes

CREATE TABLE member (
  conversation  uuid NOT NULL REFERENCES conversation,
  user_id       uuid NOT NULL,
  role          smallint NOT NULL,            -- 0 left, 1 member, 2 admin, 3 owner
  seen          int8multirange NOT NULL,      -- the entries that this person may see: a window for each stay
  joined_seq    bigint NOT NULL,              -- where the newest stay began
  read_seq      bigint NOT NULL DEFAULT 0,
  left_title    text,                         -- of the conversation, when this person left
  changed       xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (conversation, user_id)
) WITH (fillfactor = 70);

CREATE INDEX member_by_user ON member (user_id, conversation);

CREATE TABLE entry (
  conversation  uuid NOT NULL,
  seq           bigint NOT NULL,
  kind          text COLLATE "C" NOT NULL,
  sender        uuid NOT NULL,
  client_id     text COLLATE "C" NOT NULL,
  at            timestamptz NOT NULL,          -- never before that of the entry before
  content       text NOT NULL,                 -- JSON, in its current state
  summary       text,                          -- what a client shows that does not know the kind
  digest        bytea,                         -- of the request, to tell a retry from another one; gone after a recall
  target        bigint,                        -- the entry that this one refers to
  counts        boolean NOT NULL,              -- as unread
  shown         boolean NOT NULL,              -- in a list of conversations, and as a message
  recalled      boolean NOT NULL DEFAULT false,
  reacted_seq   bigint,                        -- the newest reaction to this entry, put or taken away; null if none ever was
  edited_seq    bigint,
  edited_at     timestamptz,
  PRIMARY KEY (conversation, seq),
  UNIQUE (conversation, sender, client_id)
) PARTITION BY HASH (conversation);

CREATE TABLE reaction (
  conversation  uuid NOT NULL,
  seq           bigint NOT NULL,
  emoji         text COLLATE "C" NOT NULL,
  user_id       uuid NOT NULL,
  PRIMARY KEY (conversation, seq, emoji, user_id)
) PARTITION BY HASH (conversation);

DO $$
BEGIN
  FOR i IN 0..7 LOOP
    EXECUTE format('CREATE TABLE entry_%s PARTITION OF entry FOR VALUES WITH (MODULUS 8, REMAINDER %s)', i, i);
    EXECUTE format('CREATE TABLE reaction_%s PARTITION OF reaction FOR VALUES WITH (MODULUS 8, REMAINDER %s)', i, i);
  END LOOP;
END $$;

-- Which history this is. A restore or an unsafe promotion may have lost entries that clients hold: then the epoch is
-- another one, and clients drop their cursors. PostgreSQL's own identity tells: a promotion or a point-in-time recovery
-- moves the timeline, a dump that was loaded elsewhere has another system identifier.
CREATE TABLE epoch (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
  id          uuid NOT NULL,
  system      bigint NOT NULL,
  timeline    int NOT NULL,
  renewed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Stores a batch of entries. The caller's rows come as parallel arrays; the answer has one row for each, by position.
--
-- outcome: 0 fresh, 1 same (a retry: the first answer again), 2 conflict (the client id with another body),
--          3 no such conversation, 4 the sender is no member, 5 the target is not the sender's to see
--
-- "trusted" rows were judged by the caller under the same lock, and may come from somebody who has just left.
CREATE FUNCTION timeline_append(
  p_conversation uuid[], p_sender uuid[], p_client_id text[], p_kind text[], p_content text[], p_summary text[],
  p_digest bytea[], p_target bigint[], p_counts boolean[], p_shown boolean[], p_trusted boolean[]
) RETURNS TABLE (place int, outcome int, seq bigint, at timestamptz, version bigint)
LANGUAGE plpgsql VOLATILE
-- Everything here is a look-up by key. A plan made for these very arrays would be no better and cost four times the
-- work, and a plan made while the tables were small must not scan them when they are large.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
BEGIN
  -- In the order of ids, so that two batches never wait for each other in a circle. NO KEY: a foreign key's check may
  -- pass beside it.
  PERFORM 1 FROM conversation WHERE id = ANY (p_conversation) ORDER BY id FOR NO KEY UPDATE;

  v_now := clock_timestamp();

  -- A new statement, and so a new snapshot: it sees what the transaction that held the lock before us has committed.
  -- One statement for lock and numbering would not, and two writers would take the same number.
  RETURN QUERY
  WITH asked AS (
    SELECT a.*
    FROM unnest(p_conversation, p_sender, p_client_id, p_kind, p_content, p_summary, p_digest, p_target, p_counts,
                p_shown, p_trusted)
         WITH ORDINALITY
         AS a (conversation, sender, client_id, kind, content, summary, digest, target, counts, shown, trusted, place)
  ), judged AS (
    SELECT a.*, c.last_seq, c.member_version, old.seq AS old_seq, old.at AS old_at,
           greatest(c.last_at, v_now) AS now,
           CASE
             WHEN c.id IS NULL THEN 3
             WHEN old.seq IS NOT NULL THEN CASE WHEN coalesce(old.digest = a.digest, true) THEN 1 ELSE 2 END
             WHEN a.trusted THEN 0
             WHEN coalesce(m.role, 0) = 0 THEN 4
             WHEN a.target IS NOT NULL AND (a.target > c.last_seq OR NOT m.seen @> a.target) THEN 5
             ELSE 0
           END AS outcome
    FROM asked a
    -- LIMIT 1 keeps each of these a look-up by key, whatever the planner believes about sizes.
    LEFT JOIN LATERAL (SELECT * FROM conversation c WHERE c.id = a.conversation LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT role, seen FROM member m
                       WHERE m.conversation = a.conversation AND m.user_id = a.sender LIMIT 1) m ON true
    LEFT JOIN LATERAL (SELECT e.seq, e.at, e.digest FROM entry e
                       WHERE e.conversation = a.conversation AND e.sender = a.sender AND e.client_id = a.client_id
                       LIMIT 1) old ON true
  ), fresh AS (
    SELECT j.*, j.last_seq + row_number() OVER (PARTITION BY j.conversation ORDER BY j.place) AS seq
    FROM judged j WHERE j.outcome = 0
  ), stored AS (
    INSERT INTO entry (conversation, seq, kind, sender, client_id, at, content, summary, digest, target, counts, shown)
    SELECT f.conversation, f.seq, f.kind, f.sender, f.client_id, f.now, f.content, f.summary, f.digest, f.target,
           f.counts, f.shown
    FROM fresh f
  ), moved AS (
    UPDATE conversation c
    SET last_seq = n.seq, last_at = n.now, shown_seq = coalesce(n.shown_seq, c.shown_seq),
        changed = pg_current_xact_id()
    FROM (SELECT f.conversation, max(f.seq) AS seq, max(f.now) AS now, max(f.seq) FILTER (WHERE f.shown) AS shown_seq
          FROM fresh f GROUP BY f.conversation) n
    WHERE c.id = n.conversation
  )
  SELECT j.place::int, j.outcome, coalesce(f.seq, j.old_seq), coalesce(f.now, j.old_at), j.member_version
  FROM judged j LEFT JOIN fresh f ON f.place = j.place
  ORDER BY j.place;
END $$;
