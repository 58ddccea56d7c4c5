CREATE TABLE broken (id nonsense);
