-- Sets up the shares of an envelope, unless it is built already.
--
-- KEYS[1]   list        <envelope>:free: indexes of the free shares
-- KEYS[2]   hash        <envelope>:held: user -> index, '' -> number of shares, '#<index>' -> index
-- ARGV[1]   int         number of shares
-- ARGV[2]   int         expiry of both keys, in ms since 1970
-- ARGV[3…]  string int  user id and index of each claim, alternating
--
-- Returns 1 if it was built now, else 0.
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
