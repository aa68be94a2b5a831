/**
 * What a message is made for: its number, its time, its patient's stay.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** One message to be made. */
export interface Occasion {
  /** Its number in the run, from 0. */
  readonly k: number;
  /** Its time, milliseconds since 1970. */
  readonly epochMs: number;
  /** How far local time is ahead of UTC then, in minutes. */
  readonly offsetMinutes: number;
  /** Which stay of a patient it is about, from 0; it tells the patient too (patients.ts). */
  readonly stay: number;
}
