-- Settle, correct and record.
-- ARGV: milliseconds that rows are kept; conclusions, each: '1' and a row (id, at, day, team, job, the group's names as
-- JSON, nine counts, body) or '0'; corrections (limit, per_minute, more); settlements (hold, actual, note); lists after
-- their length.
-- Answers: for each settlement what was taken and the shortfall, one after the other.

local now = time()
local keep = following()
local COUNTS = 9

-- A day's usage is one hash: from the names that sums are grouped by to the counts, so that a month is read in some
-- thirty steps and never row by row.
local function add_up(day, names)
  local totals, so_far = {}, {}
  local name = key('day', day)
  local kept = redis.call('HGET', name, names)
  if kept then
    for part in string.gmatch(kept, '[^ ]+') do
      so_far[#so_far + 1] = tonumber(part)
    end
  else
    redis.call('ZADD', key('days'), day, day)
  end
  for at = 1, COUNTS do
    local sum = (so_far[at] or 0) + number()
    -- The last is a time and has its fraction.
    totals[at] = at < COUNTS and int(sum) or string.format('%.17g', sum)
  end
  redis.call('HSET', name, names, table.concat(totals, ' '))
end

local function record()
  local id, at, day, team, job, names = following(), following(), following(), following(), following(), following()
  local body = ARGV[place + COUNTS + 1]
  if not redis.call('SET', key('row', id), body, 'NX', 'PX', keep) then
    place = place + COUNTS + 1
    return false
  end
  add_up(day, names)
  place = place + 1
  redis.call('ZADD', key('rows'), at, id)
  if team ~= '' then
    redis.call('ZADD', key('rows', 'team', team), at, id)
    redis.call('SADD', key('teams'), team)
  end
  if job ~= '' then
    redis.call('ZADD', key('rows', 'job', job), at, id)
    redis.call('PEXPIRE', key('rows', 'job', job), keep)
  end
  return true
end

local answer = {}
for _ = 1, number() do
  local fresh = following() == '0' or record()
  for _ = 1, number() do
    local limit, per_minute, more = following(), number(), number()
    if fresh then
      correct(limit, per_minute, more, now)
    end
  end
  for _ = 1, number() do
    local hold, actual, note = following(), number(), following()
    local taken, shortfall = settle(hold, actual, note, now)
    answer[#answer + 1] = taken
    answer[#answer + 1] = shortfall
  end
end
write_buckets(now)
return answer
