-- Claims the rooms that are due, so that other nodes do not process them at the same time.
--
-- KEYS[1]  zset  due: conversation id -> time in ms since 1970
-- ARGV[1]  int   after how many ms another node may claim the rooms that are claimed now
-- ARGV[2]  int   maximum number of results
-- ARGV[3]  int   lifetime of the key while no room is due, in ms
--
-- Returns conversation ids, the longest due first.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))
for _, conversation in ipairs(due) do
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), conversation)
end
if #due > 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return due
