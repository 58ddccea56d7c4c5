-- The row of a member stays when they leave, because they still see what they saw. Lists of a group's members must not
-- read the rows of all users who ever were in it. The columns change only when members join or leave, so other updates
-- of a row do not touch the indexes.
CREATE INDEX member_by_conversation ON member (conversation, user_id) WHERE role > 0;

-- For the former members who may see an entry: those who left after it.
CREATE INDEX member_former ON member (conversation, upper(seen)) WHERE role = 0;
