-- Repeats the clean-up of accounts that are already deleted, so that what was added to it since reaches them, too. The
-- clean-up is idempotent, and the nodes repeat it in batches.
UPDATE account SET cleanup_at = deleted_at WHERE deleted_at IS NOT NULL AND cleanup_at IS NULL;
