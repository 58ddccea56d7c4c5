-- Reserves shares for people who ask for one, or says that there is none.
-- KEYS[1]   list: the indexes that are free
-- KEYS[2]   hash: who has which index, and under '' how many shares there are
-- KEYS[3]   sorted set of this shard: <envelope>/<user> of reservations that are not settled, by the time in ms
-- ARGV[1]   the envelope
-- ARGV[2…]  the users, some hundreds at most
-- Gives for each user, with blanks between them: the index; -1 if none is free; -2 if the gate is not built, or has lost
-- something. One text, as Redis writes the elements of a list one by one.
local held = redis.call('HMGET', KEYS[2], '', unpack(ARGV, 2))
local count = held[1]
-- What those are told who have no index, once none is to be had.
local none = not count and -2
local given = {}
local answers = {}
local now
for i = 2, #ARGV do
    local user = ARGV[i]
    local idx = count and (held[i] or given[user])
    if not idx and not none then
        idx = redis.call('LPOP', KEYS[1])
        if idx then
            now = now or redis.call('TIME')
            redis.call('HSET', KEYS[2], user, idx)
            redis.call('ZADD', KEYS[3], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[1] .. '/' .. user)
            given[user] = idx
        elseif redis.call('HLEN', KEYS[2]) - 1 < tonumber(count) then
            -- Each share is free or somebody's; one that is neither was lost with a part of Redis' memory.
            redis.call('DEL', KEYS[1], KEYS[2])
            none = -2
        else
            none = -1
        end
    end
    answers[i - 1] = idx or none
end
return table.concat(answers, ' ')
