-- Counts a search against its user's limit, and chooses users of cells at random. However many there are, it reads the
-- numbers of users of the rows, and then one user after the other by rank.
--
-- KEYS[1]   list    searches of the user: times in ms since 1970
-- KEYS[2…]  zset    row: user -> column
-- ARGV[1]   int     now, in ms since 1970
-- ARGV[2]   int     for how long a search counts, in ms
-- ARGV[3]   int     maximum number of searches in that time
-- ARGV[4]   int     maximum number of users
-- ARGV[5]   int     seed
-- ARGV[6…]  int     a part of a row, as three numbers: index of its key in KEYS, first column, last column
--
-- Returns the time in ms until the next search is allowed, 0 if this one is, followed by the users.
local searches, max = KEYS[1], tonumber(ARGV[3])
if redis.call('LLEN', searches) >= max then
    local wait = redis.call('LINDEX', searches, -max) + ARGV[2] - ARGV[1]
    if wait > 0 then
        return {wait}
    end
end
redis.call('RPUSH', searches, ARGV[1])
redis.call('LTRIM', searches, -max, -1)
redis.call('PEXPIRE', searches, ARGV[2])

local parts, total = {}, 0
for i = 6, #ARGV, 3 do
    local key, first, last = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]
    local count = redis.call('ZCOUNT', key, first, last)
    if count > 0 then
        -- The ranks of the part's users in the row begin here.
        local start = redis.call('ZCOUNT', key, '-inf', '(' .. first)
        table.insert(parts, {key = key, start = start, before = total})
        total = total + count
    end
end

-- Floyd's algorithm: each set of that size is equally likely.
local size = math.min(total, tonumber(ARGV[4]))
local chosen, is_chosen = {}, {}
math.randomseed(tonumber(ARGV[5]))
for j = total - size, total - 1 do
    local place = math.random(0, j)
    if is_chosen[place] then
        place = j
    end
    is_chosen[place] = true
    table.insert(chosen, place)
end
table.sort(chosen)

local found, part = {0}, 1
for _, place in ipairs(chosen) do
    while parts[part + 1] and parts[part + 1].before <= place do
        part = part + 1
    end
    local rank = parts[part].start + place - parts[part].before
    table.insert(found, redis.call('ZRANGE', parts[part].key, rank, rank)[1])
end
return found
