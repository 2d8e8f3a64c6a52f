-- Documents: a hash each, a list of each table and of each owner by place, and a table of marks.

local function lists(kind, owner)
  if owner == '' then
    return { key('documents', kind) }
  end
  return { key('documents', kind), key('documents', kind, 'of', owner) }
end

local function marks(kind)
  return key('marks', kind)
end

local function document(kind, id)
  return key('document', kind, id)
end

-- Whether another document has this mark.
local function is_taken(kind, mark, id)
  local whose = mark ~= '' and redis.call('HGET', marks(kind), mark)
  return whose and whose ~= id
end

local function list(kind, id, owner, place_in_list)
  for _, name in ipairs(lists(kind, owner)) do
    redis.call('ZADD', name, place_in_list, id)
  end
end

local function unlist(kind, id, owner)
  for _, name in ipairs(lists(kind, owner)) do
    redis.call('ZREM', name, id)
  end
end

local function told(kind, id)
  local kept = redis.call('HMGET', document(kind, id), 'data', 'owner', 'mark', 'version')
  return { id, kept[1], kept[2], kept[3], kept[4] }
end
