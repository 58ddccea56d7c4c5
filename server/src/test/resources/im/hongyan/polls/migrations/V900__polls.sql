-- Votes on polls. A poll itself is a message; the conversation comes first in the key, as in every table that grows.
CREATE TABLE poll_vote (
    conversation uuid NOT NULL REFERENCES conversation (id),
    seq bigint NOT NULL,
    user_id uuid NOT NULL,
    option smallint NOT NULL CHECK (option >= 0),
    PRIMARY KEY (conversation, seq, user_id)
);

-- A member who leaves takes all their votes in the conversation along.
CREATE INDEX poll_vote_of_member ON poll_vote (conversation, user_id);

CREATE TABLE poll_closed (
    conversation uuid NOT NULL REFERENCES conversation (id),
    seq bigint NOT NULL,
    PRIMARY KEY (conversation, seq)
);
