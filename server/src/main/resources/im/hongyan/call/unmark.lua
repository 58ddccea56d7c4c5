-- Deletes the mark that a user is in a call.
--
-- KEYS[1]  string  current: '<conversation> <call>'
-- ARGV[1]  string  value; a mark with another value stays
--
-- Returns 1 if it was deleted, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
return redis.call('DEL', KEYS[1])
