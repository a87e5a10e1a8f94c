/** What collects the pieces of a body up to a limit. */
export class ByteBuffer {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes as much of a piece as the limit allows; false when something had to be left out. */
  add(piece: Uint8Array): boolean {
    const room = this.#limit - this.#length;
    const taken = piece.length > room ? piece.slice(0, room) : piece;
    this.#pieces.push(taken);
    this.#length += taken.length;
    return taken.length === piece.length;
  }

  /** All that was taken, in one array. */
  bytes(): Uint8Array {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1 && first !== undefined) return first;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}
