/** One event of a stream as `text/event-stream` writes it; `data` is empty for what only moves the position. */
export interface StreamEvent {
  name: string;
  data: string;
  id: string | null;
}

const MOST_HELD = 1_000_000;

/** Takes the stream as it comes, in any pieces, and gives the events that are complete. */
export class EventReader {
  #rest = "";

  /** Raises RangeError for an event that never ends. */
  read(piece: string): StreamEvent[] {
    this.#rest += piece.replaceAll("\r\n", "\n");
    const events: StreamEvent[] = [];
    let end = this.#rest.indexOf("\n\n");
    while (end >= 0) {
      events.push(eventOf(this.#rest.slice(0, end)));
      this.#rest = this.#rest.slice(end + 2);
      end = this.#rest.indexOf("\n\n");
    }
    if (this.#rest.length > MOST_HELD) throw new RangeError("an event of the stream is too long");
    return events;
  }
}

function eventOf(block: string): StreamEvent {
  const event: StreamEvent = { name: "message", data: "", id: null };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.startsWith(": ", colon) ? colon + 2 : colon + 1);
    if (field === "data") data.push(value);
    else if (field === "event") event.name = value;
    else if (field === "id") event.id = value;
  }
  return { ...event, data: data.join("\n") };
}
