-- Keep a note unless there is one. ARGV: its name, its value, milliseconds. Answers: what is there, or nothing.

local name, value, lasts = following(), following(), following()
local there = redis.call('GET', key('note', name))
if not there then
  put(name, value, lasts)
end
return there
