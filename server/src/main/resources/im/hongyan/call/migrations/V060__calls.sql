-- Calls: one row per call, inserted when the call starts and kept after its end. The roster is in Redis; the row makes
-- sure that the end is recorded exactly once.

CREATE TABLE call (
  id             uuid PRIMARY KEY,
  conversation   uuid NOT NULL,
  caller         uuid NOT NULL,
  client_id      text COLLATE "C" NOT NULL,
  digest         bytea NOT NULL,             -- of the request, to distinguish a retry from another request
  media          text COLLATE "C" NOT NULL CHECK (media IN ('audio', 'video')),
  started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at       timestamptz,
  outcome        text COLLATE "C",
  reason         text COLLATE "C",
  seconds        int,                        -- from the second participant to the end
  missing_since  timestamptz,                -- since when an open call has had no room in Redis
  checked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),  -- when a node last looked for its room
  UNIQUE (conversation, caller, client_id)
);

CREATE INDEX call_open ON call (conversation) WHERE ended_at IS NULL;
CREATE INDEX call_to_check ON call (checked_at) WHERE ended_at IS NULL;
