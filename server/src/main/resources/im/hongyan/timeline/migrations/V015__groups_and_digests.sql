-- Whether the conversation is a group: direct conversations, which any stranger may open, must not make it expensive to
-- count the groups of a user or to leave them.
ALTER TABLE member ADD COLUMN in_group boolean NOT NULL DEFAULT false;

UPDATE member m SET in_group = true FROM conversation c WHERE c.id = m.conversation AND c.kind = 2;

-- For the number of a user's groups, and of those to which others have only added the user.
CREATE INDEX member_groups ON member (user_id, wrote, opened) WHERE role > 0 AND in_group;

-- Replaced by member_groups.
DROP INDEX member_current;

-- The digest of an entry whose content is deleted becomes a keyed one. Where it was deleted before this migration,
-- there is no digest, and only the kind distinguishes a retry from another request.
--
-- The function without p_deleted_digest stays: nodes of the previous release call it until all are upgraded.

-- Stores a batch of entries. The caller's rows come as parallel arrays; the answer has one row for each, by position.
--
-- outcome: 0 fresh, 1 same (a retry: the first answer again), 2 conflict (the client id with another body),
--          3 no such conversation, 4 the sender is no member, 5 the sender may not see the target,
--          6 the sender may only listen, 7 the sender is blocked, 8 the sender is muted,
--          9 the other user of the direct conversation has deleted their account
--
-- p_deleted_digest is the digest as it is stored once the content is deleted, see DigestKey.
--
-- The caller has checked the sender of a "trusted" row under the same lock; the sender may have just left.
CREATE FUNCTION timeline_append(
  p_conversation uuid[], p_sender uuid[], p_client_id text[], p_kind text[], p_content text[], p_summary text[],
  p_digest bytea[], p_target bigint[], p_counts boolean[], p_shown boolean[], p_trusted boolean[],
  p_deleted_digest bytea[]
) RETURNS TABLE (place int, outcome int, seq bigint, at timestamptz, version bigint)
LANGUAGE plpgsql VOLATILE
-- All reads here are lookups by key. A custom plan for each call would be no better and would cost four times as much.
-- Sequential scans are off because a generic plan made for small tables must not scan them once they are large.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
BEGIN
  -- In the order of ids, so that two batches cannot deadlock. NO KEY does not block foreign key checks.
  PERFORM 1 FROM conversation WHERE id = ANY (p_conversation) ORDER BY id FOR NO KEY UPDATE;

  v_now := clock_timestamp();

  -- A new statement has a new snapshot, which includes what the previous holder of the lock has committed. If one
  -- statement both locked and numbered, two writers could take the same number.
  RETURN QUERY
  WITH asked AS (
    SELECT a.*
    FROM unnest(p_conversation, p_sender, p_client_id, p_kind, p_content, p_summary, p_digest, p_target, p_counts,
                p_shown, p_trusted, p_deleted_digest)
         WITH ORDINALITY
         AS a (conversation, sender, client_id, kind, content, summary, digest, target, counts, shown, trusted,
               deleted_digest, place)
  ), judged AS (
    SELECT a.*, m.wrote, c.last_seq, c.member_version, old.seq AS old_seq, old.at AS old_at,
           greatest(c.last_at, v_now) AS now,
           CASE
             WHEN c.id IS NULL THEN 3
             WHEN old.seq IS NOT NULL THEN
               CASE WHEN coalesce(old.digest IN (a.digest, a.deleted_digest), old.kind = a.kind) THEN 1 ELSE 2 END
             WHEN a.trusted THEN 0
             WHEN coalesce(m.role, 0) = 0 THEN 4
             WHEN m.standing = 1 THEN 6
             WHEN m.standing = 2 THEN 7
             WHEN m.standing = 3 THEN 9
             WHEN m.silent_until > v_now THEN 8
             WHEN a.target IS NOT NULL AND (a.target > c.last_seq OR NOT m.seen @> a.target) THEN 5
             ELSE 0
           END AS outcome
    FROM asked a
    -- LIMIT 1 makes the planner look up each of these by key, whatever size it estimates.
    LEFT JOIN LATERAL (SELECT * FROM conversation c WHERE c.id = a.conversation LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT role, seen, standing, silent_until, wrote FROM member m
                       WHERE m.conversation = a.conversation AND m.user_id = a.sender LIMIT 1) m ON true
    LEFT JOIN LATERAL (SELECT e.seq, e.at, e.kind, e.digest FROM entry e
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
  ), spoke AS (
    SELECT DISTINCT f.conversation, f.sender FROM fresh f WHERE f.counts AND NOT f.wrote
  ), locked AS (
    -- In order, because read marks lock several members, too.
    SELECT m.conversation, m.user_id
    FROM spoke s JOIN member m ON m.conversation = s.conversation AND m.user_id = s.sender
    ORDER BY m.conversation, m.user_id FOR NO KEY UPDATE OF m
  ), marked AS (
    UPDATE member m SET wrote = true FROM locked l
    WHERE m.conversation = l.conversation AND m.user_id = l.user_id
  )
  SELECT j.place::int, j.outcome, coalesce(f.seq, j.old_seq), coalesce(f.now, j.old_at), j.member_version
  FROM judged j LEFT JOIN fresh f ON f.place = j.place
  ORDER BY j.place;
END $$;
