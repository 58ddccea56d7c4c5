-- Removes a room whose end is recorded.
--
-- KEYS[1]  hash  room: version -> int, room -> JSON
-- KEYS[2]  zset  leases: participant id -> expiry in ms since 1970
-- ARGV[1]  int   version of the room; a room with another version stays
--
-- Returns 1 if it was removed, else 0.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then
    return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
