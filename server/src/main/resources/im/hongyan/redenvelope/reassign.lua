-- Corrects the index of a user who has claimed another share than the reserved one.
--
-- KEYS[1]  list    <envelope>:free: indexes of the free shares
-- KEYS[2]  hash    <envelope>:held: user -> index, '' -> number of shares, '#<index>' -> index
-- KEYS[3]  zset    open: '<envelope>/<user>' by time of reservation, in ms since 1970
-- ARGV[1]  string  user id
-- ARGV[2]  string  member of KEYS[3]
-- ARGV[3]  int     reserved index; if the user's index is another one, nothing is done
-- ARGV[4]  int     claimed index
-- ARGV[5]  int     expiry of KEYS[1], in ms since 1970
--
-- Returns 1 if the index was corrected, else 0.
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
