-- Deletes a position and notes for a while that its share has ended.
--
-- KEYS[1]  hash    shares: see update.lua
-- ARGV[1]  string  share id
-- ARGV[2]  int     how long to note the end, in ms
-- ARGV[3]  int     number of fields from which older notes are deleted
--
-- Returns nothing.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local value = redis.call('HGET', KEYS[1], ARGV[1])
-- A repeated end must not prolong the note for ever.
if not value or value:sub(1, 1) == 'L' then
    local noted = string.format('%.0f', now + tonumber(ARGV[2]))
    redis.call('HSET', KEYS[1], ARGV[1], 'E ' .. noted)
    if now + redis.call('PTTL', KEYS[1]) < tonumber(noted) then
        redis.call('PEXPIREAT', KEYS[1], noted)
    end
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
    local all = redis.call('HGETALL', KEYS[1])
    for i = 1, #all, 2 do
        local noted = all[i + 1]:match('^E (%S+)$')
        if noted and tonumber(noted) <= now then
            redis.call('HDEL', KEYS[1], all[i])
        end
    end
end
return redis.status_reply('OK')
