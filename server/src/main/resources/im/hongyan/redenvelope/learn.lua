-- Notes which share somebody has, who was given the index of another one.
-- KEYS[1]  list: the indexes that are free
-- KEYS[2]  hash: who has which index, and under '' how many shares there are
-- KEYS[3]  sorted set of this shard: reservations that are not settled
-- ARGV[1]  the user
-- ARGV[2]  the member of KEYS[3]
-- ARGV[3]  the index that was given: if the user has another one by now, nothing is done
-- ARGV[4]  the index that is really the user's
-- ARGV[5]  when the list can be forgotten, in ms since 1970
-- Gives 1 if it was noted.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[3] then
    return 0
end
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
redis.call('HDEL', KEYS[2], '#' .. ARGV[4])
redis.call('LREM', KEYS[1], 0, ARGV[4])
redis.call('RPUSH', KEYS[1], ARGV[3])
redis.call('PEXPIREAT', KEYS[1], ARGV[5])
return 1
