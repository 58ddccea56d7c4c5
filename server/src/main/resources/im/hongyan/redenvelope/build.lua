-- Opens the gate of an envelope with what is claimed of it, unless it is open.
-- KEYS[1]  list: the indexes that are free
-- KEYS[2]  hash: who has which index, and under '' how many shares there are
-- ARGV[1]  how many shares there are
-- ARGV[2]  when it can be forgotten, in ms since 1970
-- ARGV[3…] user and index of each claim in turn
-- Gives 1 if it was built now.
if redis.call('HEXISTS', KEYS[2], '') == 1 then
    return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
local claimed = {}
redis.call('HSET', KEYS[2], '', ARGV[1])
for i = 3, #ARGV, 2 do
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
    claimed[ARGV[i + 1]] = true
end
for i = 0, tonumber(ARGV[1]) - 1 do
    if not claimed[tostring(i)] then
        redis.call('RPUSH', KEYS[1], i)
    end
end
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
redis.call('PEXPIREAT', KEYS[2], ARGV[2])
return 1
