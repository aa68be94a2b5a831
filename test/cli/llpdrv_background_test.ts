import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { serverCommand, startServer, takeStartPipe } from "../../cli/llpdrv/background.ts";
import { isAlive } from "../../cli/llpdrv/pid_file.ts";

const CHILD = join(import.meta.dirname!, "llpdrv_background_child.ts");
const script = "deno" in process.versions ? ["run", "-A", CHILD] : [CHILD];
const command = (how: string) => [process.execPath, [...script, how]] as const;

describe("serverCommand", () => {
  const binary = { execPath: "/usr/bin/mllp", execArgv: [], argv: ["bun", "/$bunfs/it/mllp", "llpdrv", "-a"] };
  test("serverCommand runs the binary with the same words", () => {
    assert.deepEqual(serverCommand({ ...binary, calledAs: "mllp" }), ["/usr/bin/mllp", ["llpdrv", "-a"]]);
  });

  test("serverCommand adds the command's word where the program was called by it", () => {
    const called = { ...binary, argv: ["bun", "/$bunfs/it/mllp", "-a"], calledAs: "/usr/sbin/llpdrv" };
    assert.deepEqual(serverCommand(called), ["/usr/bin/mllp", ["llpdrv", "-a"]]);
  });

  test("serverCommand runs a script by its runtime", () => {
    const invoked = { execPath: "/bin/node", execArgv: ["--x"], argv: ["/bin/node", "/src/main.ts", "llpdrv", "-a"] };
    assert.deepEqual(serverCommand({ ...invoked, calledAs: "node" }), ["/bin/node", [
      "--x",
      "/src/main.ts",
      "llpdrv",
      "-a",
    ]]);
  });
});

describe("startServer", () => {
  test("startServer gives the process id of a server that is ready, in a session of its own", async () => {
    const start = await startServer(command("ready"));
    assert.ok(start.pid !== null, JSON.stringify(start));
    assert.deepEqual(start.bound, { line: "tcp://bound:1", dist: null });
    try {
      assert.ok(isAlive(start.pid));
      // A signal to the group of that number reaches it: it leads one.
      process.kill(-start.pid, 0);
    } finally {
      process.kill(start.pid, "SIGKILL");
    }
  });

  test("startServer tells why a server could not start, and leaves no process", async () => {
    const start = await startServer(command("failed"));
    assert.deepEqual(start, { pid: null, code: 3, message: "Cannot listen: taken" });
  });

  test("startServer does not wait for a server that has died", async () => {
    const start = await startServer(command("dies"));
    assert.ok(start.pid === null);
    assert.equal(start.code, 70);
    assert.match(start.message, /^cannot start the server: it ended at once \(exit 9\)/);
    const missing = await startServer(["/no/such/program", []]);
    assert.ok(missing.pid === null);
    assert.match(missing.message, /^cannot start the server: /);
  });

  test("startServer gives a server up that says nothing", async () => {
    const start = await startServer(command("silent"), 1);
    assert.ok(start.pid === null);
    assert.match(start.message, /it was not ready within 1ms$/);
  });
});

test("a process that no startup process waits for has no pipe", () => {
  assert.equal(takeStartPipe({}), null);
  assert.equal(takeStartPipe({ MLLP_LLPDRV_START: "7" }), null);
});
