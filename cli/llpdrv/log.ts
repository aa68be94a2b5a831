/**
 * The log of a driver: each event as a line, for people or as JSON, and the file it is appended to, which can be opened
 * again under its name (SIGHUP, after logrotate(8) has moved it). Never a byte of a message but its control id.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from "node:fs";
import type { DriverEvent } from "../../lib/bridge/options.ts";
import { systemCode } from "../../lib/errors.ts";
import { whyNotWritten } from "../../lib/system_words.ts";
import { excerpt, jsonText, paint, printable } from "../../lib/text.ts";
import { formatDuration } from "../../lib/values.ts";
import { UsageError } from "../exit_code.ts";
import { isPipe, openPipe } from "../out_file.ts";
import { LOG_LEVELS } from "./flags.ts";

/** Of a control id so many characters are logged: twice what HL7 gives it today. A hostile one may be as long as a message. */
export const LONGEST_ID = 400;
/** Of a detail, which may quote a peer, so many. */
const LONGEST_DETAIL = 2000;

/** How important a line is. */
export type LogLevel = typeof LOG_LEVELS[number];

/** What is logged: an event of the driver, or one of the process around it. */
export type LogEvent = Omit<DriverEvent, "event" | "level"> & { readonly event: string; readonly level: LogLevel };

/** Notes of a dialogue that goes as it should are for who looks closely. */
export function levelOf({ event, level }: DriverEvent): LogLevel {
  return event === "note" && level === "info" ? "debug" : level;
}

/** Whether a line of this level is logged. */
export function isLogged(level: LogLevel, upTo: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(upTo);
}

/** An event as a line of JSON, without a line end. */
export function jsonLine(at: Date, { event, level, tookMs, ...rest }: LogEvent): string {
  const took = tookMs === undefined ? {} : { tookMs: Math.round(tookMs * 1000) / 1000 };
  const { controlId, detail } = rest;
  const briefly = {
    ...controlId === undefined ? {} : { controlId: controlId.slice(0, LONGEST_ID) },
    ...detail === undefined ? {} : { detail: detail.slice(0, LONGEST_DETAIL) },
  };
  return jsonText({ at: at.toISOString(), level, event, ...rest, ...briefly, ...took });
}

/** The time of day in the local zone, to the millisecond. */
export function timeOfDay(at: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const ms = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

const PAINTS = { error: "red", warning: "yellow", info: "cyan", debug: "dim" } as const;

/** An event as a line for people. */
export function textLine(at: Date, event: LogEvent): string {
  const { level, line, direction, controlId, bytes, code, tookMs, detail } = event;
  const words = [
    line === undefined ? "" : printable(line),
    direction ?? "",
    controlId === undefined || controlId === "" ? "" : excerpt(controlId, LONGEST_ID),
    bytes === undefined ? "" : `${bytes} bytes`,
    code === undefined ? "" : printable(code),
    tookMs === undefined ? "" : `in ${formatDuration(tookMs)}`,
  ].filter((word) => word !== "");
  const head = `${paint("dim", timeOfDay(at))} ${paint(PAINTS[level], event.event)}`;
  const body = words.length === 0 ? "" : ` ${words.join(", ")}`;
  return `${head}${body}${detail === undefined ? "" : `: ${excerpt(detail, LONGEST_DETAIL)}`}`;
}

const encoder = new TextEncoder();

/** A file that lines are appended to. It never throws once it is open: what cannot be written is counted, and said when it can. */
export class LogFile {
  readonly path: string;
  #descriptor: number | null;
  #lost = 0;

  /** Opens the file. Throws a `UsageError` if that fails. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#descriptor = openFile(path);
    } catch (error) {
      throw new UsageError(`--log-file ${path}: cannot write the file: ${whyNotWritten(error)}`, { cause: error });
    }
  }

  /** Appends a line. */
  append(line: string, at: Date): void {
    const lost = this.#lost;
    if (lost > 0) {
      const event = { event: "log_lost", level: "warning" as const, detail: `${lost} lines could not be written` };
      if (this.#write(`${jsonLine(at, event)}\n`)) this.#lost = 0;
    }
    if (!this.#write(`${line}\n`)) this.#lost++;
  }

  /** Opens the file anew under its name; why that failed, or `null`. Until it works the old one is written on. */
  reopen(): string | null {
    try {
      const opened = openFile(this.path);
      this.close();
      this.#descriptor = opened;
      return null;
    } catch (error) {
      return whyNotWritten(error);
    }
  }

  /** Closes it; what is appended then is lost. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #write(text: string): boolean {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) {
        if (this.#descriptor === null) return false;
        at += writeSync(this.#descriptor, bytes, at);
      }
      return true;
    } catch (error) {
      // What stands half-written is ended, so that the next line is whole.
      if (systemCode(error) !== "EAGAIN" && this.#descriptor !== null) this.#endLine();
      return false;
    }
  }

  #endLine(): void {
    try {
      writeSync(this.#descriptor!, encoder.encode("\n"));
    } catch {
      // The disk is as full as before.
    }
  }
}

/** Who may read it decides the umask; nobody but us may write it. */
function openFile(path: string): number {
  return isPipe(path) ? openPipe(path) : openSync(path, "a", 0o644);
}
