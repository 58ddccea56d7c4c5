-- The ledger: double entry, whole fen, append-only. One row of posting is one balanced pair, so nothing unbalanced can be
-- written; the balance of an account is the sum of its postings, kept in the transaction that writes them.

CREATE TABLE ledger_account (
  id       uuid PRIMARY KEY,             -- of what it belongs to: a person, a transfer, an envelope, the world
  kind     text COLLATE "C" NOT NULL CHECK (kind IN ('world', 'wallet', 'transfer', 'envelope')),
  balance  bigint NOT NULL DEFAULT 0,
  revision bigint NOT NULL DEFAULT 0,    -- grows with each change of the balance
  CONSTRAINT ledger_account_not_overdrawn CHECK (balance >= 0 OR kind = 'world')
) WITH (fillfactor = 60);  -- room for the new version of a row that each posting writes; no index holds a balance

-- Where outside money comes from: several, so that none is a row that everybody waits for.
INSERT INTO ledger_account (id, kind)
SELECT ('00000000-0000-8000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'world' FROM generate_series(0, 15) n;

CREATE TABLE posting (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind      text COLLATE "C" NOT NULL,
  ref       uuid NOT NULL,               -- what it was for: a top-up, a transfer, an envelope
  part      int NOT NULL DEFAULT 0,      -- of it: the share of an envelope
  debit     uuid NOT NULL REFERENCES ledger_account,   -- where the money goes from
  credit    uuid NOT NULL REFERENCES ledger_account,   -- and where to
  amount    bigint NOT NULL CHECK (amount > 0),
  currency  text COLLATE "C" NOT NULL,
  peer      uuid,                        -- the other person, where there is one
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT posting_once UNIQUE (kind, ref, part),
  CHECK (debit <> credit)
);

CREATE INDEX posting_by_debit ON posting (debit, id);
CREATE INDEX posting_by_credit ON posting (credit, id);
-- What a person has sent within a day. Of sending only, so that a crowd that opens envelopes does not write it.
CREATE INDEX posting_sent ON posting (debit, at) INCLUDE (amount) WHERE kind IN ('transfer', 'envelope');

CREATE FUNCTION posting_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'postings are final: correct one by its reversal';
END $$;

CREATE TRIGGER posting_is_final BEFORE UPDATE OR DELETE ON posting
  FOR EACH ROW EXECUTE FUNCTION posting_is_final();
CREATE TRIGGER posting_is_not_emptied BEFORE TRUNCATE ON posting
  FOR EACH STATEMENT EXECUTE FUNCTION posting_is_final();

-- The only way to move money. Parallel arrays, one element a posting, all of one kind. An account that is credited and is
-- not there yet is opened as p_opens.
--
-- Fails with ledger_account_not_overdrawn, or with a foreign key if the debited account never was: there is not enough money;
-- with posting_once if the same was posted before.
CREATE FUNCTION ledger_post(
  p_kind text, p_currency text, p_opens text,
  p_ref uuid[], p_part int[], p_debit uuid[], p_credit uuid[], p_amount bigint[], p_peer uuid[]
) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
  INSERT INTO ledger_account (id, kind) SELECT DISTINCT c, p_opens FROM unnest(p_credit) c ORDER BY c ON CONFLICT DO NOTHING;

  -- In the order of ids, so that two never wait for each other in a circle. NO KEY: the foreign keys of postings pass.
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

-- Money from outside. Asked for first, then paid by the provider, then credited: whatever is lost in between is gone on with.
CREATE TABLE top_up (
  id          uuid PRIMARY KEY,
  user_id     uuid NOT NULL,
  key         text COLLATE "C" NOT NULL, -- chosen by the client, so that it is safe to repeat
  amount      bigint NOT NULL CHECK (amount > 0),
  provider    text COLLATE "C" NOT NULL,
  receipt     text,                      -- the provider's, once it is paid
  state       text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'credited', 'declined')),
  balance     bigint,                    -- of the wallet, just after it was credited: what the client was answered
  tries       int NOT NULL DEFAULT 0,    -- to go on with it
  next_at     timestamptz NOT NULL,      -- of the next try
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at  timestamptz,
  UNIQUE (user_id, key)
);

CREATE INDEX top_up_pending ON top_up (next_at) WHERE state = 'pending';
CREATE INDEX top_up_by_user ON top_up (user_id, at);

-- Money from one person to another: in an account of its own until it is accepted, refused, or returned when its time is over.
CREATE TABLE transfer (
  id            uuid PRIMARY KEY,
  conversation  uuid NOT NULL,
  sender        uuid NOT NULL,
  recipient     uuid NOT NULL,
  client_id     text COLLATE "C" NOT NULL,
  amount        bigint NOT NULL CHECK (amount > 0),
  note          text,
  state         text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'accepted', 'refused', 'returned')),
  seq           bigint,                  -- of its entry
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at    timestamptz NOT NULL,
  settled_at    timestamptz,
  UNIQUE (conversation, sender, client_id)
);

CREATE INDEX transfer_by_sender ON transfer (sender, id);
CREATE INDEX transfer_by_recipient ON transfer (recipient, id);
CREATE INDEX transfer_due ON transfer (expires_at) WHERE state = 'pending';

-- When the ledger is to be checked next: one node at a time takes it on, and puts off the next time by how long it took.
CREATE TABLE reconciliation (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
  next_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO reconciliation DEFAULT VALUES;

-- What each check found the last time that it was done, for the metrics of all nodes.
CREATE TABLE reconciliation_finding (
  name        text COLLATE "C" PRIMARY KEY,
  violations  bigint NOT NULL,
  at          timestamptz NOT NULL
);
