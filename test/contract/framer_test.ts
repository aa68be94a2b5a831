import { utf8 } from "../../lib/bytes.ts";
import { MllpFramer } from "../../lib/framing/mllp.ts";
import { framerContract } from "./framer.ts";

const payloads = [utf8("MSH|^~\\&|LAB|NORTH|EHR|MAIN|||ADT^A01|1|P|2.5\r"), utf8("\r"), utf8("MSA|AA|1\r")];
const large = utf8(`MSH|${"A".repeat(100)}\r`);

framerContract("MllpFramer", { make: (options) => new MllpFramer(options), payloads, large });
framerContract("MllpFramer in the profile strict but for oversize", {
  make: (options) => new MllpFramer({ ...options, profile: "strict", allow: ["oversize"] }),
  payloads,
  large,
});
