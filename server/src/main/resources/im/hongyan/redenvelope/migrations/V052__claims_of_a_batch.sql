-- Only members whose windows contain the envelope's entry may open it.
--
-- A claim records the batch that made it, so that a batch that is retried after an unknown outcome can tell its own
-- claims from earlier ones. Null for claims made before this migration.

ALTER TABLE claim ADD COLUMN batch uuid;

DROP FUNCTION envelope_claim(uuid[], uuid[], int[], text);

-- Claims a batch of shares. Parallel arrays, one element for each user and envelope, each pair once. An index of null
-- takes any free share, under a lock on the envelope: the fallback without Redis. p_batch is the same for each attempt
-- of a batch.
--
-- outcome: 0 claimed by this batch, 1 claimed before (returns that claim), 2 another user has the share, or the index
--          does not exist, 3 expired, 4 no such envelope, or no member of its conversation who can see its entry,
--          5 for another user, 6 the user's own, 7 no share is free (only without an index)
--
-- Lock order: envelopes by id, conversations by id, claims, accounts by id. The lock on a conversation lets messages
-- pass and holds its membership: a removal takes FOR UPDATE on it, and no account.
CREATE FUNCTION envelope_claim(
  p_envelope uuid[], p_user uuid[], p_idx int[], p_currency text, p_batch uuid DEFAULT NULL)
RETURNS TABLE (place int, outcome int, idx int, amount bigint, at timestamptz, taken int, remaining bigint)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
  v_outcome int[];
  v_idx int[];
  v_envelope uuid[];
  v_part int[];
  v_user uuid[];
  v_amount bigint[];
  v_sender uuid[];
BEGIN
  IF array_position(p_idx, NULL) IS NULL THEN
    PERFORM 1 FROM envelope WHERE id = ANY (p_envelope) ORDER BY id FOR SHARE;
  ELSE
    PERFORM 1 FROM envelope WHERE id = ANY (p_envelope) ORDER BY id FOR NO KEY UPDATE;
  END IF;
  PERFORM 1 FROM conversation
  WHERE id = ANY (ARRAY(SELECT e.conversation FROM envelope e WHERE e.id = ANY (p_envelope))) ORDER BY id FOR KEY SHARE;

  -- Not now(), which is the start of the transaction: it may have waited for locks since.
  v_now := clock_timestamp();

  SELECT array_agg(j.outcome ORDER BY j.place), array_agg(j.idx ORDER BY j.place) INTO v_outcome, v_idx
  FROM (
    SELECT r.place,
           CASE WHEN r.outcome = 0 AND r.idx IS NULL AND f.idx IS NULL THEN 7 ELSE r.outcome END AS outcome,
           coalesce(r.idx, f.idx) AS idx
    FROM (
      SELECT a.place, a.envelope, a.idx, judged.outcome,
             row_number() OVER (PARTITION BY a.envelope, judged.outcome, a.idx IS NULL ORDER BY a.place) AS nth
      FROM unnest(p_envelope, p_user, p_idx) WITH ORDINALITY AS a (envelope, user_id, idx, place)
      LEFT JOIN LATERAL (SELECT * FROM envelope e WHERE e.id = a.envelope LIMIT 1) e ON true
      CROSS JOIN LATERAL (
        SELECT CASE
          WHEN e.id IS NULL THEN 4
          WHEN EXISTS (SELECT 1 FROM claim c WHERE c.envelope = e.id AND c.user_id = a.user_id) THEN 1
          WHEN NOT EXISTS (SELECT 1 FROM member m
                           WHERE m.conversation = e.conversation AND m.user_id = a.user_id AND m.role > 0
                             AND m.seen @> e.seq) THEN 4
          WHEN e.kind = 'direct' AND e.sender = a.user_id THEN 6
          WHEN e.kind = 'exclusive' AND e.recipient <> a.user_id THEN 5
          WHEN e.settled_at IS NOT NULL OR v_now >= e.expires_at THEN 3
          WHEN a.idx < 0 OR a.idx >= cardinality(e.shares) THEN 2
          ELSE 0
        END AS outcome
      ) judged
    ) r
    -- Requests without an index get the free shares of their envelope, one each, in order.
    LEFT JOIN LATERAL (
      SELECT free.idx FROM (
        SELECT i AS idx, row_number() OVER (ORDER BY i) AS nth
        FROM envelope e, generate_series(0, cardinality(e.shares) - 1) i
        WHERE e.id = r.envelope AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.envelope = e.id AND c.idx = i)
      ) free WHERE r.outcome = 0 AND r.idx IS NULL AND free.nth = r.nth
    ) f ON r.idx IS NULL
  ) j;

  -- Ordered, so that two batches cannot deadlock on each other's shares.
  WITH fresh AS (
    INSERT INTO claim (envelope, idx, user_id, amount, at, batch)
    SELECT e.id, a.idx, a.user_id, e.shares[a.idx + 1], v_now, p_batch
    FROM unnest(p_envelope, p_user, v_idx, v_outcome) AS a (envelope, user_id, idx, outcome)
    JOIN envelope e ON e.id = a.envelope
    WHERE a.outcome = 0 ORDER BY e.id, a.idx
    ON CONFLICT DO NOTHING
    RETURNING envelope, idx, user_id, amount
  )
  SELECT array_agg(f.envelope), array_agg(f.idx), array_agg(f.user_id), array_agg(f.amount), array_agg(e.sender)
  INTO v_envelope, v_part, v_user, v_amount, v_sender
  FROM fresh f JOIN envelope e ON e.id = f.envelope;

  IF v_envelope IS NOT NULL THEN
    PERFORM ledger_post('envelope_claim', p_currency, 'wallet', v_envelope, v_part, v_envelope, v_user, v_amount,
                        v_sender);
  END IF;

  -- A new snapshot, under the locks of the accounts: the user who took the last share sees that nothing is left.
  RETURN QUERY
  SELECT a.place::int,
         CASE
           WHEN a.outcome = 0 AND f.envelope IS NOT NULL THEN 0
           WHEN c.batch = p_batch THEN 0
           WHEN c.idx IS NOT NULL THEN 1
           WHEN a.outcome = 0 THEN 2
           ELSE a.outcome
         END,
         coalesce(c.idx, a.idx), c.amount, c.at, n.taken, n.remaining
  FROM unnest(p_envelope, p_user, v_idx, v_outcome) WITH ORDINALITY AS a (envelope, user_id, idx, outcome, place)
  LEFT JOIN LATERAL (SELECT * FROM claim c WHERE c.envelope = a.envelope AND c.user_id = a.user_id LIMIT 1) c ON true
  LEFT JOIN unnest(v_envelope, v_user) AS f (envelope, user_id) ON f.envelope = a.envelope AND f.user_id = a.user_id
  LEFT JOIN (SELECT DISTINCT envelope FROM unnest(p_envelope) AS d (envelope)) d ON d.envelope = a.envelope
  LEFT JOIN LATERAL (SELECT (SELECT count(*)::int FROM claim k WHERE k.envelope = d.envelope) AS taken,
                            (SELECT balance FROM ledger_account b WHERE b.id = d.envelope) AS remaining) n ON true
  ORDER BY a.place;
END $$;
