-- Forget a note. ARGV: its name. Answers: 0 where there is none.

local name = following()
local topic, rest = string.match(name, '^([^:]*):(.*)$')
if topic then
  redis.call('ZREM', key('board', topic), rest)
end
return redis.call('DEL', key('note', name))
