-- Reserves a share for somebody, or says that there is none.
-- KEYS[1]  list: the indexes that are free
-- KEYS[2]  hash: who has which index, and under '' how many shares there are
-- KEYS[3]  sorted set of this shard: <envelope>/<user> of reservations that are not settled, by the time in ms
-- ARGV[1]  the user
-- ARGV[2]  the member of KEYS[3]
-- Gives the index; -1 if none is free; -2 if the gate is not built, or has lost something.
local held = redis.call('HMGET', KEYS[2], ARGV[1], '')
if not held[2] then
    return -2
end
if held[1] then
    return tonumber(held[1])
end
local idx = redis.call('LPOP', KEYS[1])
if not idx then
    -- Each share is free or somebody's; one that is neither was lost with a part of Redis' memory.
    if redis.call('HLEN', KEYS[2]) - 1 < tonumber(held[2]) then
        redis.call('DEL', KEYS[1], KEYS[2])
        return -2
    end
    return -1
end
local now = redis.call('TIME')
redis.call('HSET', KEYS[2], ARGV[1], idx)
redis.call('ZADD', KEYS[3], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[2])
return tonumber(idx)
