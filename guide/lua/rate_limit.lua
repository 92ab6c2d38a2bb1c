local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
if used >= limit then
  return false
end
redis.call('ZADD', KEYS[1], now, ARGV[1] .. ':' .. used)
redis.call('PEXPIRE', KEYS[1], window)
return limit - used - 1
