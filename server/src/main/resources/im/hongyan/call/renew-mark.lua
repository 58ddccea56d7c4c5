-- Renews the mark that a user is in a call.
--
-- KEYS[1]  string  current: '<conversation> <call>'
-- ARGV[1]  string  value
-- ARGV[2]  int     lifetime without a renewal, in ms
--
-- Returns 1 if it was renewed, 0 if the user has no mark or one for another call.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
