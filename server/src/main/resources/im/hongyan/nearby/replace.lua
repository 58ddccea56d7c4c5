-- Replaces the state of a user, and the places where other users' searches find it, unless it has changed meanwhile.
--
-- KEYS[1]  string  state of the user
-- KEYS[2]  zset    expiry: '<row> <user>' -> time in ms since 1970
-- KEYS[3]  zset    old row: user -> column
-- KEYS[4]  string  old session -> user
-- KEYS[5]  zset    new row: user -> column
-- KEYS[6]  string  new session -> user
-- ARGV[1]  string  user
-- ARGV[2]  string  state that the user must have; '' for none
-- ARGV[3]  string  new state; '' for none
-- ARGV[4]  int     lifetime of the new state, in ms
-- ARGV[5]  string  old member of the expiry; '' if the user was hidden: keys 3 and 4 are not used
-- ARGV[6]  string  new member of the expiry; '' if the user is hidden now: keys 5 and 6 are not used
-- ARGV[7]  int     new column
-- ARGV[8]  int     when the user is hidden, in ms since 1970
-- ARGV[9]  int     lifetime of the indexes, in ms: longer than any user may be visible
--
-- Returns 1 if the state was replaced, 0 if it is another one.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then
    return 0
end
if ARGV[5] ~= '' then
    redis.call('ZREM', KEYS[2], ARGV[5])
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('DEL', KEYS[4])
end
if ARGV[3] == '' then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
if ARGV[6] ~= '' then
    redis.call('ZADD', KEYS[2], ARGV[8], ARGV[6])
    redis.call('PEXPIRE', KEYS[2], ARGV[9])
    redis.call('ZADD', KEYS[5], ARGV[7], ARGV[1])
    redis.call('PEXPIRE', KEYS[5], ARGV[9])
    redis.call('SET', KEYS[6], ARGV[1], 'PX', ARGV[4])
end
return 1
