-- The boot ids of nodes that are up and that this one does not reach.
ALTER TABLE node ADD COLUMN unreached text[] NOT NULL DEFAULT '{}';
