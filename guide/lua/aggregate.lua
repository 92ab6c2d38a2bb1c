local values, total = {}, 0
for _, text in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local value = tonumber(text)
  if not value then
    return redis.error_reply('ERR not a number: ' .. text)
  end
  total = total + value
  table.insert(values, value)
end
local count = #values
if count == 0 then
  return false
end
table.sort(values)
local half = math.floor(count / 2)
local median = values[half + 1]
if count % 2 == 0 then
  median = (values[half] + values[half + 1]) / 2
end
local function text(number)
  return string.format('%.17g', number)
end
return {count, text(values[1]), text(values[count]), text(total / count), text(median)}
