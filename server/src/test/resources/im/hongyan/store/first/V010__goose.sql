CREATE TABLE goose (id bigint PRIMARY KEY);
