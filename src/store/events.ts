/** A keyspace event: its name and the letter of its class in `notify-keyspace-events`. */
export interface KeyEvent {
  readonly name: string;
  readonly eventClass:
    | "g"
    | "$"
    | "l"
    | "s"
    | "h"
    | "z"
    | "t"
    | "x"
    | "e"
    | "n"
    | "m"
    /** Announced within the server and never published. */
    | "";
  /** Whom Redis does not tell of it: WATCH, or those who are blocked either. Absent: it tells everyone. */
  readonly hiddenFrom?: "WATCH" | "WATCH and blocked clients";
}

/** Every event that a command can announce, as Redis names them. */
export const Events = {
  append: { name: "append", eventClass: "$" },
  copyTo: { name: "copy_to", eventClass: "g" },
  decrby: { name: "decrby", eventClass: "$" },
  del: { name: "del", eventClass: "g" },
  evicted: { name: "evicted", eventClass: "e" },
  expire: { name: "expire", eventClass: "g" },
  expired: { name: "expired", eventClass: "x" },
  georadiusstore: { name: "georadiusstore", eventClass: "z" },
  geosearchstore: { name: "geosearchstore", eventClass: "z" },
  hdel: { name: "hdel", eventClass: "h" },
  hincrby: { name: "hincrby", eventClass: "h" },
  hincrbyfloat: { name: "hincrbyfloat", eventClass: "h" },
  hset: { name: "hset", eventClass: "h" },
  incrby: { name: "incrby", eventClass: "$" },
  incrbyfloat: { name: "incrbyfloat", eventClass: "$" },
  keymiss: { name: "keymiss", eventClass: "m" },
  linsert: { name: "linsert", eventClass: "l" },
  loaded: { name: "loaded", eventClass: "" },
  lpop: { name: "lpop", eventClass: "l" },
  lpush: { name: "lpush", eventClass: "l" },
  lrem: { name: "lrem", eventClass: "l" },
  lset: { name: "lset", eventClass: "l" },
  ltrim: { name: "ltrim", eventClass: "l" },
  moveFrom: { name: "move_from", eventClass: "g" },
  moveTo: { name: "move_to", eventClass: "g" },
  new: { name: "new", eventClass: "n" },
  pfadd: { name: "pfadd", eventClass: "$" },
  persist: { name: "persist", eventClass: "g" },
  /** The value changed in a way that Redis tells nobody of. */
  reencoded: quietly("reencoded", ""),
  renameFrom: { name: "rename_from", eventClass: "g" },
  renameTo: { name: "rename_to", eventClass: "g" },
  restore: { name: "restore", eventClass: "g" },
  /** The value changed in a way that Redis publishes no event for. */
  rewritten: { name: "rewritten", eventClass: "" },
  rpop: { name: "rpop", eventClass: "l" },
  rpush: { name: "rpush", eventClass: "l" },
  sadd: { name: "sadd", eventClass: "s" },
  sdiffstore: { name: "sdiffstore", eventClass: "s" },
  set: { name: "set", eventClass: "$" },
  setbit: { name: "setbit", eventClass: "$" },
  setrange: { name: "setrange", eventClass: "$" },
  sinterstore: { name: "sinterstore", eventClass: "s" },
  sortstore: { name: "sortstore", eventClass: "l" },
  spop: { name: "spop", eventClass: "s" },
  srem: { name: "srem", eventClass: "s" },
  sunionstore: { name: "sunionstore", eventClass: "s" },
  zadd: { name: "zadd", eventClass: "z" },
  zdiffstore: { name: "zdiffstore", eventClass: "z" },
  zincr: { name: "zincr", eventClass: "z" },
  zinterstore: { name: "zinterstore", eventClass: "z" },
  zpopmax: { name: "zpopmax", eventClass: "z" },
  zpopmin: { name: "zpopmin", eventClass: "z" },
  zrangestore: { name: "zrangestore", eventClass: "z" },
  zrem: { name: "zrem", eventClass: "z" },
  zremrangebylex: { name: "zremrangebylex", eventClass: "z" },
  zremrangebyrank: { name: "zremrangebyrank", eventClass: "z" },
  zremrangebyscore: { name: "zremrangebyscore", eventClass: "z" },
  zunionstore: { name: "zunionstore", eventClass: "z" },
  xadd: { name: "xadd", eventClass: "t" },
  xdel: { name: "xdel", eventClass: "t" },
  /** XACK, XCLAIM, XAUTOCLAIM and XREADGROUP: the groups of a stream changed. */
  xdelivery: quietly("xdelivery", ""),
  /** XGROUP CREATE of a stream that comes with it. */
  xgroupBegin: { name: "xgroup-create", eventClass: "t" },
  xgroupCreate: quietly("xgroup-create", "t"),
  xgroupCreateConsumer: quietly("xgroup-createconsumer", "t"),
  xgroupDelConsumer: quietly("xgroup-delconsumer", "t"),
  xgroupDestroy: {
    name: "xgroup-destroy",
    eventClass: "t",
    hiddenFrom: "WATCH",
  },
  xgroupSetId: quietly("xgroup-setid", "t"),
  xsetid: quietly("xsetid", "t"),
  xtrim: { name: "xtrim", eventClass: "t" },
} as const satisfies Record<string, KeyEvent>;

function quietly(name: string, eventClass: "t" | ""): KeyEvent {
  return { name, eventClass, hiddenFrom: "WATCH and blocked clients" };
}
