/**
 * Module 3.89 — What each of the words is that threads agree by.
 *
 * Positions in an `Int32Array`; what different threads write often is a cache line apart.
 */
export const claim = 0;
export const finished = 16;
export const asleep = 32;
// the region at hand
export const job = 48;
export const code = 49;
export const codeBytes = 50;
export const units = 51;
export const unitsPerChunk = 52;
export const block = 53;
export const count = 54;
// the first failure: 0 none, 1 being written, 2 there; then its text, one character a word
export const failed = 64;
export const failureLength = 65;
export const failureText = 66;
