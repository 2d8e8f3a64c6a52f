-- Some documents, oldest first. ARGV: table, owner or '', the place after which, how many.
-- Answers: the documents, and the place of the last where there are more, else ''.

local kind, owner, after, limit = following(), following(), following(), number()
local names = lists(kind, owner)
local found = redis.call('ZRANGEBYSCORE', names[#names], '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
local some, cursor = {}, ''
for at = 1, math.min(#found, 2 * limit), 2 do
  some[#some + 1] = told(kind, found[at])
  if #found > 2 * limit then
    cursor = found[at + 1]
  end
end
return { some, cursor }
