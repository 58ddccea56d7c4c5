-- Counts within a window that the key names.
-- KEYS[1]  the counter
-- ARGV[1]  what to add, a whole number, may be negative
-- ARGV[2]  how long the counter stays, in milliseconds from its first use
-- Gives the new count.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return count
