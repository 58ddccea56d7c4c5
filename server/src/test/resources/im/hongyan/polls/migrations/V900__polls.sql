-- Votes. A poll itself is a message in the log. The conversation comes first in the key, as in every table that grows.
CREATE TABLE poll_vote (
    conversation uuid NOT NULL REFERENCES conversation (id),
    seq bigint NOT NULL,
    user_id uuid NOT NULL,
    option smallint NOT NULL CHECK (option >= 0),
    PRIMARY KEY (conversation, seq, user_id)
);

-- For deleting the votes of a member who leaves.
CREATE INDEX poll_vote_of_member ON poll_vote (conversation, user_id);

CREATE TABLE poll_closed (
    conversation uuid NOT NULL REFERENCES conversation (id),
    seq bigint NOT NULL,
    PRIMARY KEY (conversation, seq)
);
