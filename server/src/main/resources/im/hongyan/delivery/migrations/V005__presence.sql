-- When each person was last connected. Who is connected now is in Redis.
CREATE TABLE last_seen (
  user_id  uuid PRIMARY KEY,
  at       timestamptz NOT NULL
) WITH (fillfactor = 70);
