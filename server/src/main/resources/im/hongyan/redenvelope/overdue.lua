-- Hands out reservations that have waited for long, each to one who asks: until the time is over once more.
-- KEYS[1]  sorted set of this shard: reservations that are not settled, by the time in ms
-- ARGV[1]  what is long, in ms
-- ARGV[2]  how many at most
-- Gives their members.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[1]), 'LIMIT', 0, tonumber(ARGV[2]))
for _, member in ipairs(members) do
    redis.call('ZADD', KEYS[1], 'XX', now, member)
end
return members
