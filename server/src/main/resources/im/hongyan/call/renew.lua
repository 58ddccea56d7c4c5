-- Renews the leases of the participants that a node holds.
--
-- KEYS[1]   hash    room: version -> int, room -> JSON
-- KEYS[2]   zset    leases: participant id -> expiry in ms since 1970
-- ARGV[1]   int     duration of a lease, in ms
-- ARGV[2]   int     lifetime of both keys without a renewal, in ms
-- ARGV[3…]  string  participants
--
-- Returns the version of the room; 0 if there is none, -1 if one of the participants is not connected.
local version = redis.call('HGET', KEYS[1], 'version')
if not version then
    return 0
end
local time = redis.call('TIME')
local expiry = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local answer = tonumber(version)
for i = 3, #ARGV do
    if redis.call('ZSCORE', KEYS[2], ARGV[i]) then
        redis.call('ZADD', KEYS[2], 'XX', expiry, ARGV[i])
    else
        answer = -1
    end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return answer
