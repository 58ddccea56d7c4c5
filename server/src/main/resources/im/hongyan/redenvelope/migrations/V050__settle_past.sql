-- envelope_settle passes over some of those that wait longest: one that cannot be given back holds up nobody behind it.

DROP FUNCTION envelope_settle(int, text);

-- Gives back what is left of up to p_limit envelopes whose time is over, without the first p_passed of them. Any number of
-- nodes may run it: each takes others. FOR UPDATE keeps claims out, so that what is left stays left.
CREATE FUNCTION envelope_settle(p_limit int, p_currency text, p_passed int DEFAULT 0)
RETURNS TABLE (id uuid, conversation uuid, sender uuid, refund bigint)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  v_id uuid[];
  v_due uuid[];
  v_sender uuid[];
  v_left bigint[];
BEGIN
  SELECT array_agg(due.id) INTO v_id
  FROM (SELECT e.id FROM envelope e WHERE e.settled_at IS NULL AND e.expires_at <= now()
        ORDER BY e.expires_at, e.id LIMIT p_limit OFFSET p_passed FOR UPDATE SKIP LOCKED) due;
  IF v_id IS NULL THEN
    RETURN;
  END IF;

  SELECT array_agg(e.id), array_agg(e.sender), array_agg(a.balance) INTO v_due, v_sender, v_left
  FROM envelope e JOIN ledger_account a ON a.id = e.id WHERE e.id = ANY (v_id) AND a.balance > 0;
  IF v_due IS NOT NULL THEN
    PERFORM ledger_post('envelope_refund', p_currency, 'wallet', v_due, array_fill(0, ARRAY[cardinality(v_due)]),
                        v_due, v_sender, v_left, array_fill(NULL::uuid, ARRAY[cardinality(v_due)]));
  END IF;

  RETURN QUERY
  UPDATE envelope e SET settled_at = clock_timestamp()
  WHERE e.id = ANY (v_id)
  RETURNING e.id, e.conversation, e.sender,
            coalesce(v_left[array_position(v_due, e.id)], 0::bigint);
END $$;
