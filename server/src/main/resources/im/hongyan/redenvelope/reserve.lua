-- Reserves a share of an envelope for each of some users.
--
-- KEYS[1]   list    <envelope>:free: indexes of the free shares
-- KEYS[2]   hash    <envelope>:held: user -> index, '' -> number of shares, '#<index>' -> index
-- KEYS[3]   zset    open: '<envelope>/<user>' by time of reservation, in ms since 1970
-- ARGV[1]   string  envelope id
-- ARGV[2…]  string  user ids, at most a few hundred
--
-- Returns one number for each user, separated by blanks: the index of the user's share; -1 if no share is free; -2 if
-- the envelope is not built or has lost shares. One string, because Redis writes the elements of an array one by one.
local held = redis.call('HMGET', KEYS[2], '', unpack(ARGV, 2))
local count = held[1]
-- The answer to users without an index, once it is clear that no share is free.
local none = not count and -2
local reserved = {}
local answers = {}
local now
for i = 2, #ARGV do
    local user = ARGV[i]
    local idx = count and (held[i] or reserved[user])
    if not idx and not none then
        idx = redis.call('LPOP', KEYS[1])
        if idx then
            now = now or redis.call('TIME')
            redis.call('HSET', KEYS[2], user, idx)
            redis.call('ZADD', KEYS[3], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[1] .. '/' .. user)
            reserved[user] = idx
        elseif redis.call('HLEN', KEYS[2]) - 1 < tonumber(count) then
            -- Each share is free or held. One that is neither was lost with a part of Redis' memory.
            redis.call('DEL', KEYS[1], KEYS[2])
            none = -2
        else
            none = -1
        end
    end
    answers[i - 1] = idx or none
end
return table.concat(answers, ' ')
