-- The size of the cells, fixed by the first node that starts. Cells of two sizes that overlap would narrow a user down
-- to less than either.
CREATE TABLE nearby_cell_size (
  single  boolean PRIMARY KEY DEFAULT true CHECK (single),
  km      smallint NOT NULL CHECK (km IN (1, 5))
);
