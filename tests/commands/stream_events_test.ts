import { announcements } from "../helpers/announced.ts";

const ENTRY = "XADD s 1 f v";
const GROUP = `${ENTRY}|XGROUP CREATE s g 0`;
const READ = `${GROUP}|XREADGROUP GROUP g x STREAMS s >`;

announcements("stream commands", [
  [ENTRY, ["xadd 0 s"]],
  [`${ENTRY}|XADD s MAXLEN 1 2 f v`, ["xadd 0 s", "xtrim 0 s"]],
  [`${ENTRY}|XTRIM s MAXLEN 0`, ["xtrim 0 s"]],
  [`${ENTRY}|XTRIM s MAXLEN 1`, []],
  [`${ENTRY}|XDEL s 1 2`, ["xdel 0 s"]],
  [`${ENTRY}|XDEL s 2`, []],
  [`${ENTRY}|XSETID s 9`, ["xsetid 0 s"]],
  ["XGROUP CREATE s g $ MKSTREAM", ["xgroup-create 0 s"]],
  [GROUP, ["xgroup-create 0 s"]],
  [`${GROUP}|XGROUP SETID s g 1`, ["xgroup-setid 0 s"]],
  [`${GROUP}|XGROUP CREATECONSUMER s g x`, ["xgroup-createconsumer 0 s"]],
  [`${READ}|XGROUP DELCONSUMER s g x`, ["xgroup-delconsumer 0 s"]],
  [`${GROUP}|XGROUP DESTROY s g`, ["xgroup-destroy 0 s"]],
  [READ, ["xgroup-createconsumer 0 s"]],
  [`${READ}|XACK s g 1`, []],
  [`${READ}|XCLAIM s g y 0 1`, ["xgroup-createconsumer 0 s"]],
  [`${READ}|XAUTOCLAIM s g x 0 -`, []],
]);
