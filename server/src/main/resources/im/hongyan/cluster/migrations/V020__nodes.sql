-- The nodes that are up: each renews its row every two seconds, and deletes it when it leaves.
CREATE TABLE node (
  boot_id  text PRIMARY KEY,
  -- Of Hazelcast, host:port.
  address  text NOT NULL,
  started  timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen     timestamptz NOT NULL DEFAULT clock_timestamp()
);
