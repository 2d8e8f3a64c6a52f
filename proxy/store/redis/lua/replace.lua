-- Keep a changed document, in its place in the lists.
-- ARGV: table, id, data, owner, mark, the version that was read. Answers: 0 where it changed since, or its mark is taken.

local kind, id, data, owner, mark, version = following(), following(), following(), following(), following(), following()
local kept = redis.call('HMGET', document(kind, id), 'version', 'owner', 'mark', 'place')
if kept[1] ~= version or is_taken(kind, mark, id) then
  return 0
end
if kept[2] ~= owner then
  unlist(kind, id, kept[2])
  list(kind, id, owner, kept[4])
end
if kept[3] ~= mark then
  redis.call('HDEL', marks(kind), kept[3])
  if mark ~= '' then
    redis.call('HSET', marks(kind), mark, id)
  end
end
redis.call('HSET', document(kind, id), 'data', data, 'owner', owner, 'mark', mark)
redis.call('HINCRBY', document(kind, id), 'version', 1)
return 1
