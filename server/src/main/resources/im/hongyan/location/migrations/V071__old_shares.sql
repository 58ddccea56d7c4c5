-- Rows of ended shares are deleted after some days, oldest first.
CREATE INDEX location_share_by_end ON location_share (stopped_at) WHERE cleared;
