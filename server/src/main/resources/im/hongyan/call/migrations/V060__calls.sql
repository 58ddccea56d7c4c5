-- Calls: one row from the start of a call to its end, and for ever after. Who is in a call is in Redis; the row decides
-- that its end is recorded exactly once.

CREATE TABLE call (
  id             uuid PRIMARY KEY,
  conversation   uuid NOT NULL,
  caller         uuid NOT NULL,
  client_id      text COLLATE "C" NOT NULL,
  digest         bytea NOT NULL,             -- of the request, to tell a retry from another one
  media          text COLLATE "C" NOT NULL CHECK (media IN ('audio', 'video')),
  started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at       timestamptz,
  outcome        text COLLATE "C",
  reason         text COLLATE "C",
  seconds        int,                        -- from the second participant to the end
  missing_since  timestamptz,                -- since when no node knows it, while it is not ended
  checked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),  -- when a node looked for it
  UNIQUE (conversation, caller, client_id)
);

CREATE INDEX call_open ON call (conversation) WHERE ended_at IS NULL;
CREATE INDEX call_to_check ON call (checked_at) WHERE ended_at IS NULL;
