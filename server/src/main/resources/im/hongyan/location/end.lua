-- Replaces the position of a share by a tombstone, which expires.
--
-- KEYS[1]  hash    shares: see update.lua
-- ARGV[1]  string  share id
-- ARGV[2]  int     how long the tombstone stays, in ms
-- ARGV[3]  int     expired tombstones are deleted whenever the number of fields reaches a multiple of this one
--
-- Returns nothing.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local value = redis.call('HGET', KEYS[1], ARGV[1])
-- A repeated end must not extend the tombstone.
if not value or value:sub(1, 1) == 'L' then
    local noted = string.format('%.0f', now + tonumber(ARGV[2]))
    redis.call('HSET', KEYS[1], ARGV[1], 'E ' .. noted)
    if now + redis.call('PTTL', KEYS[1]) < tonumber(noted) then
        redis.call('PEXPIREAT', KEYS[1], noted)
    end
end
-- Not with every tombstone: each would read all of them, and many users may stop shares at once.
if not value and redis.call('HLEN', KEYS[1]) % tonumber(ARGV[3]) == 0 then
    local all = redis.call('HGETALL', KEYS[1])
    for i = 1, #all, 2 do
        local noted = all[i + 1]:match('^E (%S+)$')
        if noted and tonumber(noted) <= now then
            redis.call('HDEL', KEYS[1], all[i])
        end
    end
end
return redis.status_reply('OK')
