-- An atomic batch in one step: first the checks, then the commands, all or none. Also, as batches of one, the commands
-- that Redis does not have.
--
-- The first of ARGV says how. `plain` is for what most batches are: no command fails that stands after one that changes
-- something, and Redis has them all. Then come
--   the number of groups of checks; each group: a letter (A: absent, E: exists, V: value), how many keys, the keys, and
--   for values as many values
--   each command: the number of its words, its words
-- `careful` and, for a user who may lack permissions, `wary` are for all others. Then come
--   the number of checks; each check: a letter, a key, and what the letter needs
--   each command: `number;needs;keys`, and so many words
--     needs  what must hold now for the command to be sure to succeed: a letter and the position of a key, several
--            times; `?` where that cannot be known; nothing where it always succeeds
--     keys   the positions of the keys it may change; `*` for all that match a pattern
--
-- A command that may fail makes those before it save what they change (DUMP), so that it can be restored.
--
-- Returns the replies as an array, or as a text what stood in the way: `check INDEX FOUND DETAIL`, `failed INDEX ERROR`.

local call, pcall = redis.call, redis.pcall
local argv, at = ARGV, 2

if argv[1] == 'plain' then
  local index = 0
  at = 3
  for _ = 1, tonumber(argv[2]) do
    local letter, count = argv[at], tonumber(argv[at + 1])
    local first, last = at + 2, at + 1 + count
    at = last + 1
    if letter == 'V' then
      local found = call('MGET', unpack(argv, first, last))
      for i = 1, count do
        if found[i] ~= argv[last + i] then
          if found[i] then return 'check ' .. index + i - 1 .. ' value ' .. found[i] end
          local kind = call('TYPE', argv[last - count + i]).ok
          return 'check ' .. index + i - 1 .. (kind == 'none' and ' absent ' or ' present ')
        end
      end
      at = at + count
    elseif call('EXISTS', unpack(argv, first, last)) ~= (letter == 'E' and count or 0) then
      local wanted = letter == 'E' and 1 or 0
      for i = first, last do
        if call('EXISTS', argv[i]) ~= wanted then
          return 'check ' .. index + i - first .. (wanted == 1 and ' absent ' or ' present ')
        end
      end
    end
    index = index + count
  end

  local replies, i = {}, 0
  while at <= #argv do
    local last = at + tonumber(argv[at])
    local reply = pcall(unpack(argv, at + 1, last))
    if type(reply) == 'table' and reply.err then return 'failed ' .. i .. ' ' .. reply.err end
    i = i + 1
    -- A script's own numbers have 53 bits: the text is exact.
    if type(reply) == 'number' and (reply >= 9007199254740992 or reply <= -9007199254740992) then
      if argv[at + 1] == 'INCRBY' then
        reply = call('GET', argv[at + 2])
      elseif argv[at + 1] == 'HINCRBY' then
        reply = call('HGET', argv[at + 2], argv[at + 3])
      end
    end
    replies[i] = reply
    at = last + 1
  end
  return replies
end

-- From here on every call makes every function anew.

local function take()
  at = at + 1
  return argv[at - 1]
end

-- A decimal integer in its one form, of so many digits at most.
local function is_integer(text, digits)
  if #text > digits and (#text > digits + 1 or text:sub(1, 1) ~= '-') then return false end
  return text == '0' or text:find('^%-?[1-9]%d*$') ~= nil
end

local function has_member(key, member)
  local kind = call('TYPE', key).ok
  if kind == 'none' then return false end
  if kind == 'set' then return call('SISMEMBER', key, member) == 1 end
  if kind == 'zset' then return call('ZSCORE', key, member) ~= false end
  return nil
end

-- What stands in the way of a check. What is of another kind than it is about always does.
local function objection(letter, key)
  if letter == 'V' or letter == 'F' then
    local found
    if letter == 'V' then found = pcall('GET', key) else found = pcall('HGET', key, take()) end
    if found == take() then return nil end
    if not found then return 'absent' end
    if type(found) == 'table' then return 'present' end
    return 'value', found
  elseif letter == 'A' then
    if call('EXISTS', key) == 1 then return 'present' end
  elseif letter == 'E' then
    if call('EXISTS', key) == 0 then return 'absent' end
  elseif letter == 'f' then
    if pcall('HEXISTS', key, take()) ~= 0 then return 'present' end
  elseif letter == 'g' then
    local found = pcall('HEXISTS', key, take())
    if found ~= 1 then return found == 0 and 'absent' or 'present' end
  elseif letter == 'M' then
    local found = has_member(key, take())
    if not found then return found == nil and 'present' or 'absent' end
  elseif letter == 'm' then
    if has_member(key, take()) ~= false then return 'present' end
  elseif letter == 'S' then
    local found, wanted = pcall('ZSCORE', key, take()), take()
    if not found then return 'absent' end
    if type(found) == 'table' then return 'present' end
    if tonumber(found) ~= tonumber(wanted) then return 'score', found end
  elseif letter == 'L' then
    local lengths = { string = 'STRLEN', hash = 'HLEN', set = 'SCARD', list = 'LLEN', zset = 'ZCARD' }
    local kind, most = call('TYPE', key).ok, tonumber(take())
    if kind == 'none' then return nil end
    if not lengths[kind] then return 'present' end
    local length = call(lengths[kind], key)
    if length > most then return 'length', length end
  end
  return nil
end

local function each_match(pattern, act)
  local cursor = '0'
  repeat
    local page = call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)
    cursor = page[1]
    for _, key in ipairs(page[2]) do act(key) end
  until cursor == '0'
end

-- The commands that Redis does not have; each returns its reply or an error.
local function extensions()
  -- Whether one integer as text is less than another.
  local function less(a, b)
    local a_negative, b_negative = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
    if a_negative ~= b_negative then return a_negative end
    if a_negative then a, b = b, a end
    if #a ~= #b then return #a < #b end
    return a < b
  end

  local own = {}

  function own.SETIFEQUAL(words)
    local found = pcall('GET', words[2])
    if found ~= words[3] then return type(found) == 'table' and found or 0 end
    local set = pcall('SET', words[2], unpack(words, 4))
    return set.err and set or 1
  end

  function own.DELIFEQUAL(words)
    local found = pcall('GET', words[2])
    if found ~= words[3] then return type(found) == 'table' and found or 0 end
    return call('DEL', words[2])
  end

  function own.INCRBOUNDED(words)
    local key, by, min, max, ttl = words[2], words[3], words[4], words[5], words[6]
    local old = pcall('GET', key)
    if type(old) == 'table' then return old end
    -- Most sums are known to be out of bounds without trying.
    if is_integer(by, 15) and is_integer(old or '0', 15) then
      local sum = tonumber(old or '0') + tonumber(by)
      if min ~= '' and sum < tonumber(min) or max ~= '' and sum > tonumber(max) then
        return { old or '0', 0, call('PTTL', key) }
      end
    end
    local sum = pcall('INCRBY', key, by)
    if type(sum) == 'table' then
      local bound = tonumber(by) > 0 and max or min
      if bound == '' or not sum.err:find('overflow', 1, true) then return sum end
      return { old, 0, call('PTTL', key) }
    end
    -- The script's own numbers have 53 bits: the text is exact.
    local new = call('GET', key)
    if min ~= '' and less(new, min) or max ~= '' and less(max, new) then
      if old then call('SET', key, old, 'KEEPTTL') else call('DEL', key) end
      return { old or '0', 0, call('PTTL', key) }
    end
    if not old and ttl ~= '' then
      local set = pcall('PEXPIRE', key, ttl)
      if type(set) == 'table' then
        call('DEL', key)
        return set
      end
    end
    return { new, 1, call('PTTL', key) }
  end

  function own.ZRANGELEX(words)
    local members = pcall('ZRANGE', unpack(words, 2))
    if members.err then return members end
    local scored = {}
    for i, member in ipairs(members) do
      scored[2 * i - 1], scored[2 * i] = member, call('ZSCORE', words[2], member)
    end
    return scored
  end

  -- APPEND or SETRANGE, up to a limit.
  function own.GROW(words)
    local length = pcall('STRLEN', words[4])
    if type(length) == 'table' then return length end
    if words[3] == 'APPEND' then
      length = length + #words[5]
    else
      length = #words[6] > 0 and tonumber(words[5]) + #words[6] or 0
    end
    if length > tonumber(words[2]) then return { err = 'LIMIT' } end
    return pcall(unpack(words, 3))
  end

  function own.CLEAR(words)
    local count = 0
    each_match(words[2], function(key) count = count + call('UNLINK', key) end)
    return count
  end

  return own
end

-- Whether the user may run a command.
local function permissions()
  local stand_for = {
    SETIFEQUAL = { 'GET', 'SET' },
    DELIFEQUAL = { 'GET', 'DEL' },
    INCRBOUNDED = { 'GET', 'INCRBY', 'SET', 'DEL', 'PEXPIRE', 'PTTL' },
    ZRANGELEX = { 'ZRANGE', 'ZSCORE' },
    GROW = { 'STRLEN', 'APPEND', 'SETRANGE' },
    CLEAR = { 'SCAN', 'UNLINK' },
  }

  local function may(words)
    local names = stand_for[words[1]]
    if not names then return redis.acl_check_cmd(unpack(words)) end
    local key = words[1] == 'GROW' and words[4] or words[2]
    for _, name in ipairs(names) do
      if not redis.acl_check_cmd(name, key, '0', '0') then return false end
    end
    return true
  end

  return may
end

-- Whether a command is sure to succeed.
local function certainties()
  local kinds = { s = 'string', h = 'hash', e = 'set', l = 'list', z = 'zset' }

  local function is_small(number)
    return number == false or type(number) == 'string' and is_integer(number, 18)
  end

  local function is_short(number)
    return number == false or type(number) == 'string' and #number <= 17 and number:find('^%-?%d+%.?%d*$') ~= nil
  end

  local tests = {}

  function tests.i(key) return is_small(pcall('GET', key)) end

  function tests.I(key, field) return is_small(pcall('HGET', key, field)) end

  function tests.d(key) return is_short(pcall('GET', key)) end

  function tests.D(key, field) return is_short(pcall('HGET', key, field)) end

  -- A set or a sorted set.
  function tests.m(key)
    local kind = call('TYPE', key).ok
    return kind == 'none' or kind == 'set' or kind == 'zset'
  end

  function tests.k(key) return call('EXISTS', key) == 1 end

  function tests.x(key, index)
    local length = pcall('LLEN', key)
    if type(length) == 'table' then return false end
    index = tonumber(index)
    return index < length and index >= -length
  end

  function tests.a(key, value)
    local length = pcall('STRLEN', key)
    return type(length) == 'number' and length + #value <= 536870912
  end

  local function is_sure(needs, words)
    if needs == '' then return true end
    if needs:find('?', 1, true) then return false end
    for letter, position in needs:gmatch('(%a)(%d+)') do
      local position = tonumber(position)
      local key = words[position]
      if kinds[letter] then
        local kind = call('TYPE', key).ok
        if kind ~= 'none' and kind ~= kinds[letter] then return false end
      elseif not tests[letter](key, words[position + 1]) then
        return false
      end
    end
    return true
  end

  return is_sure
end

-- What commands change, saved and restored.
local function undoing()
  -- For each command what its keys were before the batch.
  local saved, seen = {}, {}

  local function save(i, key)
    if not seen[key] then
      seen[key] = true
      table.insert(saved[i], { key, call('DUMP', key), call('PEXPIRETIME', key) })
    end
  end

  local function save_all(i, command)
    saved[i] = {}
    if command.keys == '*' then
      each_match(command.words[2], function(key) save(i, key) end)
    end
    for position in command.keys:gmatch('%d+') do
      save(i, command.words[tonumber(position)])
    end
  end

  -- Takes back the commands before this one.
  local function restore(failed)
    for i = 1, failed - 1 do
      for _, old in ipairs(saved[i] or {}) do
        local key, value, expires_at = old[1], old[2], old[3]
        if value then
          -- The greatest time that a script's own numbers can hold.
          local time = expires_at > 0 and string.format('%.0f', math.min(expires_at, 9223372036854774784)) or '0'
          call('RESTORE', key, time, value, 'REPLACE', 'ABSTTL')
        else
          call('DEL', key)
        end
      end
    end
  end

  return save_all, restore
end

for i = 1, tonumber(take()) do
  local letter, key = take(), take()
  local found, detail = objection(letter, key)
  if found then return 'check ' .. i - 1 .. ' ' .. found .. ' ' .. (detail or '') end
end

local may = argv[1] == 'wary' and redis.acl_check_cmd and permissions()
local commands, last_unsure, is_sure = {}, 0, certainties()
while at <= #argv do
  local count, needs, keys = take():match('^(%d+);([^;]*);(.*)$')
  local words = { unpack(argv, at, at + count - 1) }
  at = at + count
  local i = #commands + 1
  commands[i] = { words = words, keys = keys }
  if not is_sure(needs, words) then last_unsure = i end
  if may and not may(words) then return 'failed ' .. i - 1 .. ' NOPERM' end
end

-- All before anything is changed: what may not be read cannot be restored.
local save_all, restore
if last_unsure > 1 then
  save_all, restore = undoing()
  for i = 1, last_unsure - 1 do
    save_all(i, commands[i])
  end
end

local own, replies = extensions(), {}
for i, command in ipairs(commands) do
  local words = command.words
  local name = words[1]
  local reply
  if own[name] then reply = own[name](words) else reply = pcall(unpack(words)) end
  if type(reply) == 'table' and reply.err then
    if restore then restore(i) end
    return 'failed ' .. i - 1 .. ' ' .. reply.err
  end
  if type(reply) == 'number' and (reply >= 9007199254740992 or reply <= -9007199254740992) then
    if name == 'INCRBY' then
      reply = call('GET', words[2])
    elseif name == 'HINCRBY' then
      reply = call('HGET', words[2], words[3])
    end
  end
  replies[i] = reply
end
return replies
