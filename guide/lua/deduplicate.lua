local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local fresh = {}
for i = 3, #ARGV do
  if redis.call('ZADD', KEYS[1], 'NX', now, ARGV[i]) == 1 then
    table.insert(fresh, ARGV[i])
  end
end
redis.call('PEXPIRE', KEYS[1], window)
return fresh
