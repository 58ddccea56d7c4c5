-- The kinds of accounts and postings are rows. Each feature inserts the kinds that it owns in a migration of its own,
-- so that a new feature needs no change of the ledger.

CREATE TABLE account_kind (
  name text COLLATE "C" PRIMARY KEY
);

CREATE TABLE posting_kind (
  name   text COLLATE "C" PRIMARY KEY,
  opens  text COLLATE "C" NOT NULL REFERENCES account_kind   -- kind of the credited account if the posting opens it
);

INSERT INTO account_kind (name) VALUES ('world'), ('wallet'), ('transfer');

INSERT INTO posting_kind (name, opens) VALUES
  ('topup', 'wallet'), ('transfer', 'transfer'), ('transfer_accept', 'wallet'), ('transfer_return', 'wallet');

-- In a database that has been used, other features' kinds stay valid until the migration of their owner inserts them.
INSERT INTO account_kind (name) SELECT DISTINCT kind FROM ledger_account ON CONFLICT DO NOTHING;
INSERT INTO posting_kind (name, opens)
SELECT DISTINCT ON (p.kind) p.kind, a.kind FROM posting p JOIN ledger_account a ON a.id = p.credit
ORDER BY p.kind, p.id
ON CONFLICT DO NOTHING;

ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_check;
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind_fkey FOREIGN KEY (kind) REFERENCES account_kind;

-- The daily limit adds up the postings by which a user sends money. Each feature that owns such a kind creates an index
-- like this one for it. Other postings are in none of these indexes, so that crediting many users at once stays cheap.
DROP INDEX posting_sent;
CREATE INDEX posting_sent_transfer ON posting (debit, at) INCLUDE (amount) WHERE kind = 'transfer';

-- The only way to move money. Parallel arrays with one element for each posting, all of one kind. A credited account
-- that does not exist is opened with the kind p_opens, which has to be the one that the posting's kind opens.
--
-- Fails with ledger_account_not_overdrawn, or with posting_debit_fkey if the debited account does not exist: there is
-- not enough money. Fails with posting_once if the same posting was made before.
CREATE OR REPLACE FUNCTION ledger_post(
  p_kind text, p_currency text, p_opens text,
  p_ref uuid[], p_part int[], p_debit uuid[], p_credit uuid[], p_amount bigint[], p_peer uuid[]
) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
  -- A query instead of a foreign key from posting: one check for a batch, and no lock on a row that all postings share.
  IF NOT EXISTS (SELECT 1 FROM posting_kind WHERE name = p_kind AND opens = p_opens) THEN
    RAISE EXCEPTION 'posting kind "%" that opens accounts of kind "%" is not registered', p_kind, p_opens
      USING HINT = 'The feature that owns the kind inserts it into posting_kind in a migration.';
  END IF;

  INSERT INTO ledger_account (id, kind) SELECT DISTINCT c, p_opens FROM unnest(p_credit) c ORDER BY c
  ON CONFLICT DO NOTHING;

  -- In the order of ids, so that two transactions cannot deadlock. NO KEY, so that foreign key checks do not wait.
  PERFORM 1 FROM ledger_account WHERE id = ANY (p_debit || p_credit) ORDER BY id FOR NO KEY UPDATE;

  INSERT INTO posting (kind, ref, part, debit, credit, amount, currency, peer)
  SELECT p_kind, p.ref, p.part, p.debit, p.credit, p.amount, p_currency, p.peer
  FROM unnest(p_ref, p_part, p_debit, p_credit, p_amount, p_peer) AS p (ref, part, debit, credit, amount, peer);

  UPDATE ledger_account a SET balance = a.balance + moved.amount, revision = a.revision + 1
  FROM (SELECT id, sum(amount)::bigint AS amount
        FROM (SELECT credit AS id, amount FROM unnest(p_credit, p_amount) AS c (credit, amount)
              UNION ALL
              SELECT debit, -amount FROM unnest(p_debit, p_amount) AS d (debit, amount)) both_sides
        GROUP BY id) moved
  WHERE a.id = moved.id;
END $$;
