-- The ledger's kinds that red envelopes own. A database that has been used may have them already.

INSERT INTO account_kind (name) VALUES ('envelope') ON CONFLICT DO NOTHING;

INSERT INTO posting_kind (name, opens) VALUES
  ('envelope', 'envelope'), ('envelope_claim', 'wallet'), ('envelope_refund', 'wallet')
ON CONFLICT (name) DO UPDATE SET opens = EXCLUDED.opens;

-- For the daily limit, which adds up what a user sends.
CREATE INDEX posting_sent_envelope ON posting (debit, at) INCLUDE (amount) WHERE kind = 'envelope';
