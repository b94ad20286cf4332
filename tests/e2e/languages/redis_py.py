"""redis-py at its defaults. The argument is the port."""

import sys
import threading

import redis

port = int(sys.argv[1])
client = redis.Redis(port=port)
text = redis.Redis(port=port, decode_responses=True)


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


# Values, and what they become in Python.
assert client.ping()
equal(client.set("k", "välue", ex=60), True)
equal(client.get("k"), "välue".encode())
equal(text.get("k"), "välue")
equal(client.get("nothing"), None)
equal(client.set("k", "other", nx=True), None)
equal(client.set("bytes", bytes(range(256))), True)
equal(client.get("bytes"), bytes(range(256)))
assert 0 < client.ttl("k") <= 60
equal(client.incrbyfloat("f", 1.5), 1.5)
equal(text.hset("h", mapping={"a": 1, "b": "two"}), 2)
equal(text.hgetall("h"), {"a": "1", "b": "two"})
equal(client.sadd("s", 1, 2, 3), 3)
equal(text.smembers("s"), {"1", "2", "3"})
equal(client.zadd("z", {"a": 1, "b": 2.5}), 2)
equal(text.zrange("z", 0, -1, withscores=True), [("a", 1.0), ("b", 2.5)])
equal(client.info("server")["redis_version"], "7.0.15")
equal(client.config_get("maxmemory-policy"), {"maxmemory-policy": "noeviction"})
equal(len(client.client_list()), 2)
equal(client.object("encoding", "h"), b"listpack")

# Errors are exceptions.
try:
    client.lpush("k", 1)
    raise AssertionError("no error")
except redis.ResponseError as error:
    assert "wrong kind of value" in str(error), error

# A pipeline is a transaction; with WATCH it tries again.
equal(client.pipeline().set("n", 1).incr("n").get("n").execute(), [True, 2, b"2"])
equal(client.pipeline(transaction=False).incr("n").decr("n").execute(), [3, 2])
tries = []


def double(pipe):
    value = int(pipe.get("n"))
    tries.append(value)
    if len(tries) == 1:
        client.set("n", 21)
    pipe.multi()
    pipe.set("n", 2 * value)


equal(client.transaction(double, "n"), [True])
equal(tries, [2, 21])
equal(client.get("n"), b"42")

# Iterators hide cursors.
client.mset({f"many {n}": n for n in range(1000)})
equal(len(set(client.scan_iter("many *", count=50))), 1000)
equal(sorted(text.hscan_iter("h")), [("a", "1"), ("b", "two")])

# Messages, read in a thread.
heard = []
done = threading.Event()


def hear(message):
    heard.append((message["channel"], message["data"]))
    if len(heard) == 2:
        done.set()


pubsub = text.pubsub(ignore_subscribe_messages=True)
pubsub.subscribe(**{"news": hear})
pubsub.psubscribe(**{"n*": hear})
# Nothing tells when the server has it, except the server.
while text.pubsub_numpat() == 0:
    pass
thread = pubsub.run_in_thread(sleep_time=0.01)
equal(client.publish("news", "hello"), 2)
assert done.wait(10)
thread.stop()
equal(heard, [("news", "hello"), ("news", "hello")])

# Somebody waits for an element.
waiting = threading.Thread(target=lambda: heard.append(text.blpop("q", 10)))
waiting.start()
text.rpush("q", "element")
waiting.join()
equal(heard[-1], ("q", "element"))

# Streams and their groups.
first = text.xadd("stream", {"a": 1})
text.xgroup_create("stream", "group", id="0")
equal(text.xreadgroup("group", "me", {"stream": ">"}), [["stream", [(first, {"a": "1"})]]])
equal(text.xpending("stream", "group")["pending"], 1)
equal(text.xack("stream", "group", first), 1)

# Scripts, and the lock that is made of them.
multiply = text.register_script("return redis.call('GET', KEYS[1]) * ARGV[1]")
equal(multiply(keys=["n"], args=[2]), 84)
equal(text.script_exists(multiply.sha), [True])
text.script_flush()
equal(multiply(keys=["n"], args=[3]), 126)
lock = client.lock("lock", timeout=10)
with lock:
    equal(client.lock("lock").acquire(blocking=False), False)
    equal(lock.extend(20), True)
    assert client.pttl("lock") > 20_000
    equal(lock.owned(), True)
equal(client.exists("lock"), 0)
try:
    lock.release()
    raise AssertionError("no error")
except redis.exceptions.LockError:
    pass
