-- Forget a document. ARGV: table, id. Answers: 0 where there is none.

local kind, id = following(), following()
local kept = redis.call('HMGET', document(kind, id), 'owner', 'mark')
if not kept[1] then
  return 0
end
unlist(kind, id, kept[1])
redis.call('HDEL', marks(kind), kept[2])
return redis.call('DEL', document(kind, id))
