-- Replaces a room, unless its version has changed or the call would have too many participants.
--
-- KEYS[1]   hash    room: version -> int, room -> JSON
-- KEYS[2]   zset    leases: participant id -> expiry in ms since 1970
-- ARGV[1]   int     expected version of the room; 0 if there must be no room
-- ARGV[2]   int     new version
-- ARGV[3]   string  new room, as JSON
-- ARGV[4]   int     lifetime of both keys without a renewal, in ms
-- ARGV[5]   int     duration of a lease, in ms
-- ARGV[6]   int     number of participants, including reconnecting ones
-- ARGV[7]   int     maximum number of participants
-- ARGV[8…]  string  connected participants
--
-- Returns 1 if the room was replaced, 0 if it has another version, -1 if there would be too many participants.
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then
    return 0
end
if tonumber(ARGV[6]) > tonumber(ARGV[7]) then
    return -1
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'room', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local time = redis.call('TIME')
local expiry = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[5])
local connected = {}
for i = 8, #ARGV do
    connected[ARGV[i]] = true
    -- NX: only a node that holds the socket may renew a lease.
    redis.call('ZADD', KEYS[2], 'NX', expiry, ARGV[i])
end
for _, leased in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if not connected[leased] then
        redis.call('ZREM', KEYS[2], leased)
    end
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
