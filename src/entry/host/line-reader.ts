const LINE_FEED = 0x0a;

/** Cuts bytes into lines, without their line feeds. A line beyond the limit is dropped as a whole and reported once. */
export class LineReader {
  readonly #limit: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #dropping = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that end in this chunk, in order. */
  push(chunk: Uint8Array): readonly (Uint8Array | 'too-long')[] {
    const lines: (Uint8Array | 'too-long')[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      this.#add(chunk.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    this.#add(chunk.subarray(from));
    return lines;
  }

  /** A last line without a line feed, if there is one. */
  end(): Uint8Array | 'too-long' | undefined {
    return this.#length === 0 && !this.#dropping ? undefined : this.#take();
  }

  #add(piece: Uint8Array): void {
    if (this.#dropping) return;
    this.#length += piece.length;
    if (this.#length > this.#limit) {
      this.#dropping = true;
      this.#pieces = [];
    } else {
      this.#pieces.push(piece);
    }
  }

  #take(): Uint8Array | 'too-long' {
    const line = this.#dropping ? 'too-long' : new Uint8Array(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#length = 0;
    this.#dropping = false;
    return line;
  }
}
