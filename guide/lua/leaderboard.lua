local best = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not best or tonumber(ARGV[2]) > tonumber(best) then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
end
return {
  redis.call('ZREVRANK', KEYS[1], ARGV[1]) + 1,
  redis.call('ZSCORE', KEYS[1], ARGV[1]),
}
