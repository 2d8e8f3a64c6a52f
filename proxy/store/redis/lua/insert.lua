-- Keep a new document. ARGV: table, id, data, owner, mark. Answers: 0 where its id or its mark is taken, else 1.

local kind, id, data, owner, mark = following(), following(), following(), following(), following()
if redis.call('EXISTS', document(kind, id)) == 1 or is_taken(kind, mark, '') then
  return 0
end
local position = redis.call('INCR', key('places'))
redis.call('HSET', document(kind, id), 'data', data, 'owner', owner, 'mark', mark, 'version', 1, 'place', position)
list(kind, id, owner, position)
if mark ~= '' then
  redis.call('HSET', marks(kind), mark, id)
end
return 1
