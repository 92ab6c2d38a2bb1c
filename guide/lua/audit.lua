local before = redis.call('HGET', KEYS[1], ARGV[2])
if before == ARGV[3] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', 1000, '*', 'who', ARGV[1],
  'field', ARGV[2], 'before', before or '', 'after', ARGV[3])
return 1
