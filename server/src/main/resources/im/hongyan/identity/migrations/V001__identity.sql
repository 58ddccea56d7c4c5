-- A person. The row stays for ever: a deleted account is a tombstone, so that what it wrote keeps an author.
CREATE TABLE account (
    id            uuid        PRIMARY KEY,
    username      text,                            -- in lower case; null once deleted
    username_hash bytea       NOT NULL UNIQUE,     -- SHA-256 of the username, kept so that nobody can take the name
    display_name  text        NOT NULL,            -- '' once deleted
    password      text,                            -- Argon2id, as a PHC string; null once deleted
    created_at    timestamptz NOT NULL,
    deleted_at    timestamptz,
    cleanup_at    timestamptz,                     -- when the work after a deletion is due; null if there is none
    CHECK ((deleted_at IS NULL) = (username IS NOT NULL)),
    CHECK ((deleted_at IS NULL) = (password IS NOT NULL))
);

CREATE INDEX account_by_cleanup ON account (cleanup_at) WHERE cleanup_at IS NOT NULL;

-- A device that is signed in. Only hashes of refresh tokens: see RefreshToken.
CREATE TABLE session (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES account,
    device     text,
    generation int         NOT NULL,               -- of the refresh token in use, from 0
    token_hash bytea       NOT NULL,               -- SHA-256 of the refresh token in use
    nonce      bytea,                              -- led from its predecessor to it; null at generation 0
    tag_key    bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,               -- when the token in use was given out
    expires_at timestamptz NOT NULL
);

CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Sessions that ended while an access token or a socket may still be about; every node reads the new ones each second.
-- Read by xid, not by time: a row that commits late has an xid at or above the horizon (pg_snapshot_xmin) of every
-- reader that has not seen it, so none is passed over.
CREATE TABLE revocation (
    session_id uuid        PRIMARY KEY,
    revoked_at timestamptz NOT NULL,
    xid        xid8        NOT NULL DEFAULT pg_current_xact_id()
);

CREATE INDEX revocation_by_xid ON revocation (xid, session_id);
CREATE INDEX revocation_by_age ON revocation (revoked_at);
