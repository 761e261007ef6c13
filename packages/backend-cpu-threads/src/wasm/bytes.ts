/**
 * Module 3.50 — Bytes in a row.
 *
 * WebAssembly writes whole numbers in LEB128: seven bits a byte, the lowest first, the top bit set
 * on all bytes but the last (https://webassembly.github.io/spec/core/binary/values.html).
 */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }
  /** What has been written so far: a view, valid until more is written. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): this {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
    return this;
  }
  append(bytes: ArrayLike<number>): this {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
  /** Takes back all bytes from position `start` on. */
  takeFrom(start: number): Uint8Array {
    const taken = this.#bytes.slice(start, this.#length);
    this.#length = start;
    return taken;
  }
  /** A whole number from 0 to 2³² − 1. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    return this.byte(rest);
  }
  /** A whole number as two's complement of 32 bits. */
  signed(value: number): this {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 127) | 128);
      rest >>= 7;
    }
    return this.byte(rest & 127);
  }
  /** The same of 64 bits. */
  signed64(value: bigint): this {
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    return this.byte(Number(rest & 127n));
  }
  float64(value: number): this {
    return this.append(new Uint8Array(Float64Array.of(value).buffer)); // hosts are little-endian
  }
  /** A name: its length, then its (plain) characters. */
  text(value: string): this {
    this.unsigned(value.length);
    for (const character of value) this.byte(character.charCodeAt(0));
    return this;
  }

  #grow(by: number): void {
    const larger = new Uint8Array(2 * (this.#bytes.length + by));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
