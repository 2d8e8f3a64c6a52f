-- Make ready. ARGV: the version of the keys that the asker knows. Answers: the version that is there.

local version = number()
local there = tonumber(redis.call('GET', key('version')) or '0')
if there < version then
  redis.call('SET', key('version'), version)
  return version
end
return there
