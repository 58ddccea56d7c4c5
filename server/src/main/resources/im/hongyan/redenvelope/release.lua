-- Undoes a reservation.
-- KEYS[1]  list: the indexes that are free
-- KEYS[2]  hash: who has which index, and under '' how many shares there are
-- KEYS[3]  sorted set of this shard: reservations that are not settled
-- ARGV[1]  the user
-- ARGV[2]  the member of KEYS[3]
-- ARGV[3]  the index: if the user has another one by now, nothing is done
-- ARGV[4]  1 if the share can be handed out again
-- ARGV[5]  when the list can be forgotten, in ms since 1970
-- Gives 1 if it was undone.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[3] then
    return 0
end
redis.call('ZREM', KEYS[3], ARGV[2])
if ARGV[4] == '1' then
    redis.call('HDEL', KEYS[2], ARGV[1])
    redis.call('RPUSH', KEYS[1], ARGV[3])
    redis.call('PEXPIREAT', KEYS[1], ARGV[5])
else
    -- It is somebody's whom the gate does not know: held by a name that no user has, so that it is not missed.
    -- Unless the gate has learnt meanwhile whose it is.
    redis.call('HDEL', KEYS[2], ARGV[1])
    for _, idx in ipairs(redis.call('HVALS', KEYS[2])) do
        if idx == ARGV[3] then
            return 1
        end
    end
    redis.call('HSET', KEYS[2], '#' .. ARGV[3], ARGV[3])
end
return 1
