-- Releases a reservation.
--
-- KEYS[1]  list    <envelope>:free: indexes of the free shares
-- KEYS[2]  hash    <envelope>:held: user -> index, '' -> number of shares, '#<index>' -> index
-- KEYS[3]  zset    open: '<envelope>/<user>' by time of reservation, in ms since 1970
-- ARGV[1]  string  user id
-- ARGV[2]  string  member of KEYS[3]
-- ARGV[3]  int     reserved index; if the user's index is another one, nothing is done
-- ARGV[4]  int     1 if the share is free again, 0 if an unknown user has it
-- ARGV[5]  int     expiry of KEYS[1], in ms since 1970
--
-- Returns 1 if the reservation was released, else 0.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[3] then
    return 0
end
redis.call('ZREM', KEYS[3], ARGV[2])
if ARGV[4] == '1' then
    redis.call('HDEL', KEYS[2], ARGV[1])
    redis.call('RPUSH', KEYS[1], ARGV[3])
    redis.call('PEXPIREAT', KEYS[1], ARGV[5])
else
    -- An unknown user has the share: it is held under a field that is no user id, so that it does not count as lost,
    -- unless a user is known to hold it by now.
    redis.call('HDEL', KEYS[2], ARGV[1])
    for _, idx in ipairs(redis.call('HVALS', KEYS[2])) do
        if idx == ARGV[3] then
            return 1
        end
    end
    redis.call('HSET', KEYS[2], '#' .. ARGV[3], ARGV[3])
end
return 1
