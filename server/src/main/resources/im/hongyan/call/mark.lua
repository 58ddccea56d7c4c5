-- Marks a user as in a call.
--
-- KEYS[1]  string  current: '<conversation> <call>'
-- ARGV[1]  string  new value
-- ARGV[2]  int     lifetime without a renewal, in ms
-- ARGV[3]  string  value that may be replaced; empty for none
--
-- Returns nothing if the user is marked, else the existing value and its remaining lifetime in ms.
local current = redis.call('GET', KEYS[1])
if current and current ~= ARGV[1] and current ~= ARGV[3] then
    return {current, redis.call('PTTL', KEYS[1])}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {}
