-- Every note of a topic. ARGV: the topic. Answers: the rest of each name and its value in turn.

local topic = following()
local found = {}
for _, rest in ipairs(redis.call('ZRANGE', key('board', topic), 0, 999)) do
  local value = redis.call('GET', key('note', topic .. ':' .. rest))
  if value then
    found[#found + 1] = rest
    found[#found + 1] = value
  end
end
return found
