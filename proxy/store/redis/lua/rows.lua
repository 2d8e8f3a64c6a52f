-- A part of a list of rows, by time and then by id.
-- ARGV: which list ('', 'team', 'job'), whose, since, until, the id after which ('' for the beginning), how many.
-- Answers: places looked at as id and body in turn (a body that has ended is empty), and whether that was the last part.

local which, whose, since, before, after, limit = following(), following(), following(), number(), following(), number()
local list = key('rows')
if which ~= '' then
  list = key('rows', which, whose)
end
local from = redis.call('ZCOUNT', list, '-inf', '(' .. since)
if after ~= '' then
  local rank = redis.call('ZRANK', list, after)
  if not rank then
    return { {}, 1 }
  end
  from = math.max(from, rank + 1)
end
local found = {}
local part = redis.call('ZRANGE', list, int(from), int(from + limit - 1), 'WITHSCORES')
for at = 1, #part, 2 do
  if tonumber(part[at + 1]) >= before then
    return { found, 1 }
  end
  found[#found + 1] = part[at]
  found[#found + 1] = redis.call('GET', key('row', part[at])) or ''
end
return { found, #part < 2 * limit and 1 or 0 }
