/** Ways in which a real disk fails, under a server in a process of its own. */
import type { SpawnedServer } from "../helpers/server.ts";

/** Where a server keeps its data. */
export interface Place {
  /** The folder of all data, which is a file system of its own where the fault wants one. */
  readonly folder: string;
  /** Name of the snapshot in it. */
  readonly snapshot: string;
}

/** One way to fail, that begins and ends. */
export interface Fault {
  readonly name: string;
  /** Whether it wants a file system of its own. */
  readonly mounts: boolean;
  /** What the system says. */
  readonly reason: RegExp;
  begin(place: Place, server: SpawnedServer): void;
  end(place: Place, server: SpawnedServer): void;
}

/** Bytes of a file system that is made for a fault. */
const SIZE = "32m";
const BALLAST = "ballast";
/** Saves that a test lets fail, at most. */
const SAVES = 20;

/** The disk is full: a small file system, with a file that takes the rest of it. */
export const full: Fault = {
  name: "a full disk",
  mounts: true,
  reason: /No space left on device/,
  begin({ folder }) {
    using file = Deno.openSync(`${folder}/${BALLAST}`, {
      write: true,
      create: true,
    });
    for (let size = 65536; size >= 1;) {
      try {
        file.writeSync(new Uint8Array(size));
      } catch {
        size >>= 1;
      }
    }
  },
  end: ({ folder }) => Deno.removeSync(`${folder}/${BALLAST}`),
};

/** The file system takes nothing any more. */
export const readOnly: Fault = {
  name: "a disk that is read-only",
  mounts: true,
  reason: /Read-only file system/,
  begin: ({ folder }) => run("mount", "-o", "remount,ro", folder),
  end: ({ folder }) => run("mount", "-o", "remount,rw", folder),
};

/** The folder is no longer where it was. */
export const gone: Fault = {
  name: "a folder that is gone",
  mounts: false,
  reason: /No such file or directory/,
  begin: ({ folder }) => Deno.renameSync(folder, `${folder}.away`),
  end: ({ folder }) => Deno.renameSync(`${folder}.away`, folder),
};

/** The rename fails: a folder has taken the name of the snapshot. */
export const taken: Fault = {
  name: "a rename that fails",
  mounts: false,
  reason: /Is a directory/,
  begin({ folder, snapshot }) {
    const path = `${folder}/${snapshot}`;
    Deno.renameSync(path, `${path}.kept`);
    Deno.mkdirSync(path);
  },
  end({ folder, snapshot }) {
    const path = `${folder}/${snapshot}`;
    Deno.removeSync(path);
    Deno.renameSync(`${path}.kept`, path);
  },
};

/** The flush fails: what is written goes to a device that takes all and keeps nothing. */
export const unflushed: Fault = {
  name: "an fsync that fails",
  mounts: false,
  reason: /Invalid argument/,
  begin(place, server) {
    for (const path of temporaries(place, server)) {
      Deno.symlinkSync("/dev/null", path);
    }
  },
  end(place, server) {
    for (const path of temporaries(place, server)) {
      try {
        Deno.removeSync(path);
      } catch {
        // The server has removed it.
      }
    }
  },
};

/** Whether a file system can be made here: as root, where that is not forbidden. */
export function canMount(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = Deno.makeTempDirSync({ prefix: "redis-lite-mount-" });
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    Deno.removeSync(folder);
  }
}

/** Makes a small file system in a folder. */
export function mount(folder: string): void {
  run("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", folder);
}

/** Takes it away again. */
export function unmount(folder: string): void {
  run("umount", "--lazy", folder);
}

/** The names under which a server will write its next snapshots. */
function temporaries(
  { folder, snapshot }: Place,
  { pid }: SpawnedServer,
): string[] {
  const marks = Array.from({ length: SAVES }, (_, i) => `${pid}-${i + 1}`);
  return [String(pid), ...marks].map((mark) =>
    `${folder}/${snapshot}.${mark}.tmp`
  );
}

function run(command: string, ...args: string[]): void {
  const { stderr, success } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}
