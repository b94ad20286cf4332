/** The size of a script as job queues and the like have them. */
const LENGTH = 25_000;

/** A function such as long scripts define more of than one call needs. */
function step(number: number): string {
  return `
-- Step ${number}: gives the job a place by its priority, unless it has one.
function steps.step_${number}(job, prefix)
  local name = prefix .. ":step:" .. ${number}
  if job.place == nil then
    job.place = (job.priority or 0) * ${number + 1} + #name
  elseif job.place > 1000000 then
    return redis.error_reply("Place out of range in step ${number}")
  end
  job.steps = job.steps or {}
  job.steps[#job.steps + 1] = name
  return job.place
end
`;
}

const HEAD = `
local key, prefix = KEYS[1], ARGV[1]
local steps = {}
`;

/** Ten calls, with JSON and MessagePack between them. */
const TAIL = `
local call = redis.call
local id = call("INCR", key .. ":id")
local job = cjson.decode(ARGV[2])
job.id = id
steps.step_0(job, prefix)
steps.step_1(job, prefix)
call("HSET", key .. ":job", "data", cjson.encode(job), "id", id)
call("HINCRBY", key .. ":job", "attempts", 1)
local packed = cmsgpack.pack(call("HGETALL", key .. ":job"))
call("SET", key .. ":packed", packed)
local fields = cmsgpack.unpack(call("GET", key .. ":packed"))
call("LPUSH", key .. ":waiting", id)
call("LTRIM", key .. ":waiting", 0, 99)
call("ZADD", key .. ":delayed", job.place, id % 100)
local first = call("ZRANGE", key .. ":delayed", 0, 0)
return {id, #fields, first[1]}
`;

/** A script of about 25 KB that makes ten calls; its keys are made from `KEYS[1]`, `ARGV[2]` is a job in JSON. */
export function bigScript(): string {
  let script = HEAD;
  for (let i = 0; script.length + TAIL.length < LENGTH; i++) script += step(i);
  return script + TAIL;
}
