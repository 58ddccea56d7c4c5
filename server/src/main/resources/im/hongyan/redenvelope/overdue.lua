-- Reservations that have waited for long.
-- KEYS[1]  sorted set of this shard: reservations that are not settled, by the time in ms
-- ARGV[1]  what is long, in ms
-- ARGV[2]  how many at most
-- Gives their members, those that wait longest first.
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' then
    -- Nothing, or what somebody else has put there.
    redis.call('DEL', KEYS[1])
    return {}
end
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', 0, tonumber(ARGV[2]))
