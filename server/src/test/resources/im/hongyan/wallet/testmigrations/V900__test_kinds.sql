-- Kinds of postings that tests make past the features.
INSERT INTO posting_kind (name, opens) VALUES ('gift', 'wallet'), ('topup_undone', 'wallet');
