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
