local short = {}
for i = 1, #ARGV, 2 do
  local wanted = tonumber(ARGV[i + 1])
  if wanted < 1 then
    return redis.error_reply('ERR nobody can take ' .. ARGV[i + 1])
  end
  local left = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or 0)
  if left < wanted then
    table.insert(short, ARGV[i])
  end
end
if #short == 0 then
  for i = 1, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[1], ARGV[i], -ARGV[i + 1])
  end
end
return short
