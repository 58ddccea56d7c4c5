-- Lists reservations that have waited for long.
--
-- KEYS[1]  zset  open: '<envelope>/<user>' by time of reservation, in ms since 1970
-- ARGV[1]  int   minimum age, in ms
-- ARGV[2]  int   maximum number of results
--
-- Returns the members, the oldest first.
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' then
    -- The key does not exist, or another program has written it.
    redis.call('DEL', KEYS[1])
    return {}
end
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', 0, tonumber(ARGV[2]))
