-- A document. ARGV: table, 'id' or 'mark', which. Answers: id, data, owner, mark and version, or nothing.

local kind, by, id = following(), following(), following()
if by == 'mark' then
  id = redis.call('HGET', marks(kind), id)
end
if not id or redis.call('EXISTS', document(kind, id)) == 0 then
  return {}
end
return told(kind, id)
