-- Reads a room.
--
-- KEYS[1]  hash  room: version -> int, room -> JSON
-- KEYS[2]  zset  leases: participant id -> expiry in ms since 1970
--
-- Returns the time in ms since 1970, the room (empty if there is none), and the participants whose lease has expired.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {tostring(now), redis.call('HGET', KEYS[1], 'room') or ''}
for _, expired in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
    answer[#answer + 1] = expired
end
return answer
