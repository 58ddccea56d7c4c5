-- The network from which a device last got tokens, see ClientNetwork. A sign-in from there does not count towards the
-- limit of wrong passwords per username, so that a stranger cannot lock the user out. Null if unknown.
ALTER TABLE session ADD COLUMN network text;
