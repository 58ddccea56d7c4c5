-- Live locations: one row for each share, without a position. Positions are in Redis; the row decides whether the share
-- runs, so that an update after a loss of Redis cannot revive a share that was stopped.

CREATE TABLE location_share (
  id            uuid PRIMARY KEY,
  conversation  uuid NOT NULL,
  user_id       uuid NOT NULL,
  session       uuid NOT NULL,              -- the device that shares
  client_id     text COLLATE "C" NOT NULL,
  seconds       int NOT NULL,               -- as requested
  precision     text COLLATE "C" NOT NULL CHECK (precision IN ('precise', 'coarse')),
  seq           bigint NOT NULL,            -- of the entry that says that it has started
  expires_at    timestamptz NOT NULL,
  stopped_at    timestamptz,                -- null while it runs
  cleared       boolean NOT NULL DEFAULT false,  -- whether its position was deleted after its end
  checked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),  -- when a node checked that it may still run
  UNIQUE (conversation, user_id, client_id)
);

CREATE UNIQUE INDEX location_share_running ON location_share (conversation, user_id) WHERE stopped_at IS NULL;
CREATE INDEX location_share_by_user ON location_share (user_id) WHERE stopped_at IS NULL;
CREATE INDEX location_share_by_session ON location_share (session) WHERE stopped_at IS NULL;
CREATE INDEX location_share_by_expiry ON location_share (expires_at) WHERE stopped_at IS NULL;
CREATE INDEX location_share_to_check ON location_share (checked_at) WHERE stopped_at IS NULL;
CREATE INDEX location_share_to_clear ON location_share (stopped_at) WHERE stopped_at IS NOT NULL AND NOT cleared;
