/** Every command of the server, one family after the other. */
import type { CommandFamily } from "../server/command.ts";
import { aclCommands } from "./acl.ts";
import { bitCommands } from "./bit.ts";
import { bitRangeCommands } from "./bit_range.ts";
import { bitfieldCommands } from "./bitfield.ts";
import { clusterCommands } from "./cluster.ts";
import { commandCommands } from "./command.ts";
import { clientCommands } from "./client.ts";
import { configCommands } from "./config.ts";
import { connectionCommands } from "./connection.ts";
import { databaseCommands } from "./database.ts";
import { debugCommands } from "./debug.ts";
import { dumpCommands, restoreAskingCommands } from "./dump.ts";
import { expireCommands } from "./expire.ts";
import { hyperLogLogCommands } from "./hyperloglog.ts";
import { keyCommands } from "./key.ts";
import { keyMoveCommands } from "./key_move.ts";
import { failoverCommands } from "./failover.ts";
import { functionCommands } from "./function.ts";
import { geoCommands } from "./geo.ts";
import { geoSearchCommands } from "./geo_search.ts";
import { hashCommands } from "./hash.ts";
import { hashReadCommands } from "./hash_read.ts";
import { latencyCommands } from "./latency.ts";
import { listCommands } from "./list.ts";
import { listMoveCommands } from "./list_move.ts";
import { listPopCommands } from "./list_pop.ts";
import { listReadCommands } from "./list_read.ts";
import { lolwutCommands } from "./lolwut.ts";
import { memoryCommands } from "./memory.ts";
import { migrateCommands } from "./migrate.ts";
import { moduleCommands } from "./module.ts";
import { monitorCommands } from "./monitor.ts";
import { objectCommands } from "./object.ts";
import { persistenceCommands } from "./persistence.ts";
import { pubsubCommands } from "./pubsub.ts";
import { replicationCommands, waitCommands } from "./replication.ts";
import { scanCommands } from "./scan.ts";
import { scriptCommands } from "./script.ts";
import { serverCommands } from "./server.ts";
import { slowlogCommands } from "./slowlog.ts";
import { setCommands } from "./set.ts";
import { setOperationCommands } from "./set_operation.ts";
import { setRandomCommands } from "./set_random.ts";
import { sortCommands } from "./sort.ts";
import { sortedSetCommands } from "./sorted_set.ts";
import { sortedSetCombineCommands } from "./sorted_set_combine.ts";
import { sortedSetCountCommands } from "./sorted_set_count.ts";
import { sortedSetPopCommands } from "./sorted_set_pop.ts";
import { sortedSetRangeCommands } from "./sorted_set_range.ts";
import { sortedSetScanCommands } from "./sorted_set_scan.ts";
import { streamCommands } from "./stream.ts";
import { streamGroupCommands } from "./stream_group.ts";
import { streamInfoCommands } from "./stream_info.ts";
import { streamPendingCommands } from "./stream_pending.ts";
import { streamRangeCommands } from "./stream_range.ts";
import { streamReadCommands } from "./stream_read.ts";
import { stringCommands } from "./string.ts";
import { stringLcsCommands } from "./string_lcs.ts";
import { stringNumberCommands } from "./string_number.ts";
import { stringRangeCommands } from "./string_range.ts";
import { transactionCommands } from "./transaction.ts";

export const commandFamilies: readonly CommandFamily[] = [
  connectionCommands,
  clientCommands,
  transactionCommands,
  keyCommands,
  keyMoveCommands,
  expireCommands,
  dumpCommands,
  restoreAskingCommands,
  migrateCommands,
  scanCommands,
  sortCommands,
  objectCommands,
  databaseCommands,
  stringCommands,
  stringNumberCommands,
  stringRangeCommands,
  stringLcsCommands,
  bitCommands,
  bitRangeCommands,
  bitfieldCommands,
  hyperLogLogCommands,
  listCommands,
  listReadCommands,
  listPopCommands,
  listMoveCommands,
  sortedSetCommands,
  sortedSetRangeCommands,
  sortedSetCountCommands,
  sortedSetPopCommands,
  sortedSetCombineCommands,
  sortedSetScanCommands,
  setCommands,
  setRandomCommands,
  setOperationCommands,
  hashCommands,
  hashReadCommands,
  geoCommands,
  geoSearchCommands,
  pubsubCommands,
  streamCommands,
  streamRangeCommands,
  streamReadCommands,
  streamGroupCommands,
  streamPendingCommands,
  streamInfoCommands,
  scriptCommands,
  functionCommands,
  serverCommands,
  slowlogCommands,
  latencyCommands,
  monitorCommands,
  persistenceCommands,
  replicationCommands,
  waitCommands,
  configCommands,
  aclCommands,
  commandCommands,
  memoryCommands,
  moduleCommands,
  clusterCommands,
  failoverCommands,
  debugCommands,
  lolwutCommands,
];
