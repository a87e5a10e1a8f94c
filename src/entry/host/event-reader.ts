/** Reads the `data` of server-sent events out of a text that comes in pieces (HTML standard, server-sent events, event stream interpretation). */
export class EventReader {
  #rest = '';
  #data: string[] = [];

  /** The data of the events that end in this piece, in order; events without data are none. */
  push(text: string): readonly string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const events: string[] = [];
    for (const withReturn of lines) {
      const line = withReturn.replace(/\r$/, '');
      if (line === '') {
        if (this.#data.length > 0) events.push(this.#data.join('\n'));
        this.#data = [];
      } else if (line.startsWith('data:')) {
        this.#data.push(line.slice('data:'.length).replace(/^ /, ''));
      }
    }
    return events;
  }
}
