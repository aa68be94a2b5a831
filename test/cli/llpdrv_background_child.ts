/**
 * A server for the tests of the start: it says what it was told to, or ends, or says nothing.
 *
 * @module
 */
import { takeStartPipe } from "../../cli/llpdrv/background.ts";

const [how] = process.argv.slice(2);
const pipe = takeStartPipe();
if (how === "ready") {
  pipe?.ready({ line: `tcp://${pipe === null ? "" : "bound"}:1`, dist: process.env.MLLP_LLPDRV_START ?? null });
}
if (how === "failed") pipe?.failed(3, "Cannot listen: taken");
if (how === "dies") process.exit(9);
// It lives on, whatever it said.
setInterval(() => {}, 1000);
