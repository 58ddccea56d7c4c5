-- A person. The row stays for ever: a deleted account is a tombstone, so that what it wrote keeps an author.
create table account (
    id            uuid        primary key,
    username      text,                            -- in lower case; null once deleted
    username_hash bytea       not null unique,     -- SHA-256 of the username, kept so that nobody can take the name
    display_name  text        not null,            -- '' once deleted
    password      text,                            -- Argon2id, as a PHC string; null once deleted
    created_at    timestamptz not null,
    deleted_at    timestamptz,
    cleanup_at    timestamptz,                     -- when the work after a deletion is due; null if there is none
    check ((deleted_at is null) = (username is not null)),
    check ((deleted_at is null) = (password is not null))
);

create index account_by_cleanup on account (cleanup_at) where cleanup_at is not null;

-- A device that is signed in. Only hashes of refresh tokens: see RefreshToken.
create table session (
    id         uuid        primary key,
    user_id    uuid        not null references account,
    device     text,
    generation int         not null,               -- of the refresh token in use, from 0
    token_hash bytea       not null,               -- SHA-256 of the refresh token in use
    nonce      bytea,                              -- led from its predecessor to it; null at generation 0
    tag_key    bytea       not null,
    created_at timestamptz not null,
    rotated_at timestamptz not null,               -- when the token in use was given out
    expires_at timestamptz not null
);

create index session_by_user on session (user_id);
create index session_by_expiry on session (expires_at);

-- Sessions that ended while an access token or a socket may still be about; every node reads the new ones each second.
-- Read by xid, not by time: a row that commits late has an xid at or above the horizon (pg_snapshot_xmin) of every
-- reader that has not seen it, so none is passed over.
create table revocation (
    session_id uuid        primary key,
    revoked_at timestamptz not null,
    xid        xid8        not null default pg_current_xact_id()
);

create index revocation_by_xid on revocation (xid, session_id);
create index revocation_by_age on revocation (revoked_at);
