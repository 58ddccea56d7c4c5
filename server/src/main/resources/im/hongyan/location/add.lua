-- Adds shares that have no position yet. Changes none that is there or has ended.
--
-- KEYS[1]  hash    shares: see update.lua
-- ARGV[…]  triples of share id, user, expiry in ms since 1970
--
-- Returns nothing.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #ARGV, 3 do
    local expiry = tonumber(ARGV[i + 2])
    if expiry > now then
        local value = table.concat({'L', ARGV[i + 1], ARGV[i + 2], '-1', '0', '0', '0', ''}, ' ')
        redis.call('HSETNX', KEYS[1], ARGV[i], value)
        if now + redis.call('PTTL', KEYS[1]) < expiry then
            redis.call('PEXPIREAT', KEYS[1], ARGV[i + 2])
        end
    end
end
return redis.status_reply('OK')
