-- A member's row has at most 64 windows, because every read of the log iterates over them. Rows that have more keep the
-- newest window and the 31 that hold the most entries: merging windows would reveal entries that the user may not see.
UPDATE member m
SET seen = (
      SELECT range_agg(k.stay)
      FROM (SELECT s.stay
            FROM (SELECT w.stay, row_number() OVER (ORDER BY lower(w.stay) DESC) AS age FROM unnest(m.seen) w (stay)) s
            ORDER BY s.age > 1, upper(s.stay) - lower(s.stay) DESC
            LIMIT 32) k),
    changed = pg_current_xact_id()
WHERE (SELECT count(*) FROM unnest(m.seen)) > 64;

-- For the number of a user's conversations.
CREATE INDEX member_current ON member (user_id) WHERE role > 0;
