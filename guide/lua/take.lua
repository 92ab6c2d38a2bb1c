local ready, running, tries, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, patience, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for _, job in ipairs(redis.call('ZRANGEBYSCORE', running, '-inf', now)) do
  redis.call('ZREM', running, job)
  if tonumber(redis.call('HGET', tries, job)) < most then
    redis.call('RPUSH', ready, job)
  else
    redis.call('HDEL', tries, job)
    redis.call('RPUSH', dead, job)
  end
end
local job = redis.call('LPOP', ready)
if job then
  redis.call('HINCRBY', tries, job, 1)
  redis.call('ZADD', running, now + patience, job)
end
return job
