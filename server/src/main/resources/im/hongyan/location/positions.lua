-- Reads the shares of a conversation, and deletes those whose time is over.
--
-- KEYS[1]  hash  shares: see update.lua
--
-- Returns the time in ms since 1970, then share ids, each followed by its value.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {string.format('%.0f', now)}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
    local expiry = all[i + 1]:match('^L %S+ (%S+)') or all[i + 1]:match('^E (%S+)')
    if tonumber(expiry) <= now then
        redis.call('HDEL', KEYS[1], all[i])
    else
        answer[#answer + 1] = all[i]
        answer[#answer + 1] = all[i + 1]
    end
end
return answer
