-- Takes an update of a share, unless a newer one has come, it comes too early, or the share has ended.
--
-- KEYS[1]  hash    shares: share id -> 'L <user> <expiry> <n> <accepted> <received> <paused> <position>', or
--                  'E <until>', the tombstone of a share that has ended; times in ms since 1970
-- ARGV[1]  string  share id
-- ARGV[2]  int     n, the number of the update
-- ARGV[3]  string  position; empty for a pause, which keeps the position and is not limited
-- ARGV[4]  int     least time between two positions, in ms
-- ARGV[5]  string  user if a missing share is to be added, else empty
-- ARGV[6]  int     expiry of a share that is added, in ms since 1970
--
-- Returns 0 if the update was taken, 1 if it is not newer, 2 if the share has ended, 3 if the share is missing, or the
-- negative time in ms after which a position may come.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local user, expiry, n, accepted, position = ARGV[5], ARGV[6], '-1', '0', ''
local value = redis.call('HGET', KEYS[1], ARGV[1])
if value then
    if value:sub(1, 1) == 'E' then
        return 2
    end
    user, expiry, n, accepted, position = value:match('^L (%S+) (%S+) (%S+) (%S+) %S+ %S+ (.*)$')
elseif user == '' then
    return 3
end
if tonumber(expiry) <= now then
    return 2
end
if tonumber(ARGV[2]) <= tonumber(n) then
    return 1
end
local paused = ARGV[3] == '' and '1' or '0'
if paused == '0' then
    local wait = tonumber(accepted) + tonumber(ARGV[4]) - now
    -- A longer wait means that Redis' clock was set back.
    if wait > 0 and wait <= tonumber(ARGV[4]) then
        return -wait
    end
    accepted = string.format('%.0f', now)
    position = ARGV[3]
end
redis.call('HSET', KEYS[1], ARGV[1],
    table.concat({'L', user, expiry, ARGV[2], accepted, string.format('%.0f', now), paused, position}, ' '))
if not value and now + redis.call('PTTL', KEYS[1]) < tonumber(expiry) then
    redis.call('PEXPIREAT', KEYS[1], expiry)
end
return 0
