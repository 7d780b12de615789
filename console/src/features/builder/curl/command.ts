import { LEFT_OUT, SHORT, WITH_VALUE, WITHOUT_MEANING } from "./options";
import { readWords, type Word } from "./shell";

export const MOST_CHARACTERS = 64 * 1024;
const MOST_WORDS = 500;

/** What a command says of its request, and what of it was not understood. */
export interface Command {
  method: string | null;
  url: string;
  headers: [string, string][];
  /** Parts of the body, as they are sent one after the other. */
  data: string[];
  isJson: boolean;
  /** Fields of a form in parts. */
  parts: [string, string][];
  /** The data belong to the address. */
  isQuery: boolean;
  /** `name:password`. */
  user: string | null;
  token: string | null;
  seconds: number | null;
  notes: string[];
}

const ADDRESS = /^https?:\/\/\S+$/i;

/** null: it is no cURL command, and no address alone. In one reading; what is longer than 64 KiB is not read. */
export function readCommand(text: string): Command | null {
  if (text.length > MOST_CHARACTERS) return null;
  const { words, rest, isUnclosed } = readWords(FOR_WINDOWS.test(text) ? withoutCarets(text) : text);
  const begin = words.findIndex(({ text: word }) => /(?:^|[/\\])curl(?:\.exe)?$/i.test(word));
  if (ADDRESS.test(text.trim())) return new Reader([{ text: text.trim(), variables: [] }]).read();
  if (begin < 0 || begin > 3) return null;
  const reader = new Reader(words.slice(begin + 1, begin + 1 + MOST_WORDS));
  const command = reader.read();
  if (isUnclosed) reader.note("A quotation mark is not closed: the end may be missing.");
  if (rest) reader.note(`What follows was left out: ${shortened(rest)}`);
  if (words.length > begin + 1 + MOST_WORDS)
    reader.note("It has very many words: the last ones were left out.");
  return command;
}

/** As browsers copy it for the command prompt of Windows, with a caret before what that would take for its own. */
const FOR_WINDOWS = /curl(?:\.exe)? (?:-[^^]{0,200})?\^"/i;
const withoutCarets = (text: string) =>
  text.replaceAll(/\^(\r?\n|[\s\S])/g, (_all, next: string) => (next.endsWith("\n") ? " " : next));

class Reader {
  readonly #command: Command = {
    ...{ method: null, url: "", headers: [], data: [], isJson: false, parts: [], isQuery: false },
    ...{ user: null, token: null, seconds: null, notes: [] },
  };
  #at = 0;
  /** The word that was read last has parts that only the shell knows. */
  #isPartial = false;

  constructor(private readonly words: readonly Word[]) {}

  read(): Command {
    while (this.#at < this.words.length) {
      const text = this.#next();
      if (text === "--") continue;
      if (text.startsWith("--")) this.#long(text.slice(2));
      else if (text.startsWith("-") && text.length > 1) this.#shorts(text.slice(1));
      else this.#address(text);
    }
    return this.#command;
  }

  note(text: string): void {
    if (!this.#command.notes.includes(text)) this.#command.notes.push(text);
  }

  #next(): string {
    const word = this.words[this.#at];
    this.#at += 1;
    this.#isPartial = (word?.variables.length ?? 0) > 0;
    for (const name of word?.variables ?? []) {
      this.note(`The value of $${name} is not in the command: enter it yourself.`);
    }
    return word?.text ?? "";
  }

  #long(name: string): void {
    if (WITH_VALUE.has(name)) this.#option(name, this.#next());
    else this.#flag(name, `--${name}`);
  }

  /** `-sSL`, `-XPOST`, `-H 'A: b'`. */
  #shorts(letters: string): void {
    for (let at = 0; at < letters.length; at += 1) {
      const letter = letters[at] ?? "";
      const name = SHORT[letter];
      if (name && WITH_VALUE.has(name)) {
        const attached = letters.slice(at + 1);
        this.#option(name, attached === "" ? this.#next() : attached);
        return;
      }
      this.#flag(name ?? letter, `-${letter}`);
    }
  }

  #flag(name: string, written: string): void {
    if (name === "get") this.#command.isQuery = true;
    else if (name === "head") this.#command.method ??= "HEAD";
    else if (!this.#isLeftOut(name)) this.note(`${shortened(written)} is not understood: it was left out.`);
  }

  #isLeftOut(name: string): boolean {
    const why = LEFT_OUT[name];
    if (why) this.note(why);
    return why !== undefined || WITHOUT_MEANING.has(name);
  }

  #option(name: string, value: string): void {
    const { headers, data, parts } = this.#command;
    if (name === "request") this.#command.method = value.toUpperCase();
    else if (name === "url") this.#address(value);
    else if (name === "header") this.#header(value);
    else if (name === "user") this.#command.user = value;
    else if (name === "oauth2-bearer") this.#command.token = value;
    else if (name === "user-agent") headers.push(["User-Agent", value]);
    else if (name === "referer") headers.push(["Referer", value]);
    else if (name === "cookie") this.#cookie(value);
    else if (name === "max-time") this.#command.seconds = Number(value) || null;
    else if (name === "json") this.#json(value);
    else if (name === "form" || name === "form-string") this.#part(value, parts);
    else if (name === "data-urlencode") data.push(encoded(value));
    else if (name === "url-query") this.#query(value);
    else if (name.startsWith("data")) this.#data(name, value);
    else if (!this.#isLeftOut(name)) this.note(`--${name} is not supported: it was left out.`);
  }

  #header(line: string): void {
    const at = line.search(/[:;]/);
    if (at <= 0) {
      this.note(
        line.startsWith("@")
          ? "Headers in a file are not in the command."
          : `This header is not understood: ${shortened(line)}`,
      );
      return;
    }
    const value = line.slice(at + 1).trim();
    // `Name:` takes one away that cURL would send, `Name;` sends it empty.
    if (value !== "" || line[at] === ";" || this.#isPartial)
      this.#command.headers.push([line.slice(0, at).trim(), value]);
  }

  #cookie(value: string): void {
    if (value.includes("=")) this.#command.headers.push(["Cookie", value]);
    else this.note("Cookies in a file are not in the command.");
  }

  #json(value: string): void {
    this.#command.isJson = true;
    this.#data("data", value);
  }

  #data(name: string, value: string): void {
    const isFile = value.startsWith("@") && name !== "data-raw";
    if (isFile) this.note(`The body is in the file ${shortened(value.slice(1))}: paste what it holds.`);
    else this.#command.data.push(value);
  }

  #part(value: string, parts: [string, string][]): void {
    const at = value.indexOf("=");
    const text = value.slice(at + 1);
    if (at < 0) this.note(`This field of a form is not understood: ${shortened(value)}`);
    else if (/^[@<]/.test(text))
      this.note(`Files cannot be sent: the field ${shortened(value.slice(0, at))} was left out.`);
    else parts.push([value.slice(0, at), text]);
  }

  #query(value: string): void {
    const { url } = this.#command;
    this.#command.url = `${url}${url.includes("?") ? "&" : "?"}${encoded(value)}`;
  }

  #address(text: string): void {
    const { url } = this.#command;
    // What stands there may be the value of an option that is not known.
    const isBetter = !url.includes("://") && text.includes("://");
    const isFirst = url === "" || url.startsWith("?");
    if (isFirst) this.#command.url = text + url;
    else if (isBetter) this.#command.url = text;
    if (!isFirst) this.note(`A further word was left out: ${shortened(isBetter ? url : text)}`);
  }
}

/** `content`, `=content`, `name=content`. */
function encoded(value: string): string {
  const at = value.indexOf("=");
  if (at < 0) return encodeURIComponent(value);
  const name = value.slice(0, at);
  return `${name && `${name}=`}${encodeURIComponent(value.slice(at + 1))}`;
}

/** What is shown of a word may be long, and is no place for a secret. */
export function shortened(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
