/** One word of a command, as a shell would hand it over. */
export interface Word {
  text: string;
  /** Variables whose values only the shell knows: nothing stands in their places. */
  variables: string[];
}

export interface Read {
  words: Word[];
  /** What stands behind the command: a pipe, another command. */
  rest: string;
  isUnclosed: boolean;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}/;
const ENDS = new Set(["|", ";", "<", ">", ")"]);
const PLAIN_ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", "0": "\0", a: "\x07", e: "\x1b" };

/** The words of the first command of a text, in one reading from left to right. */
export function readWords(text: string): Read {
  return new Reader(text.replaceAll("\r\n", "\n")).read();
}

class Reader {
  #at = 0;
  #words: Word[] = [];
  /** null: no word has begun. */
  #word: Word | null = null;
  #isUnclosed = false;

  constructor(private readonly text: string) {}

  read(): Read {
    while (this.#at < this.text.length && this.#step()) {
      // Each step goes on by a character at least.
    }
    this.#end();
    return { words: this.#words, rest: this.text.slice(this.#at).trim(), isUnclosed: this.#isUnclosed };
  }

  /** Whether the command goes on. */
  #step(): boolean {
    const character = this.text[this.#at] ?? "";
    const next = this.text[this.#at + 1] ?? "";
    if ((character === "\\" || character === "^" || character === "`") && next === "\n") return this.#skip(2);
    if (character === "\n") return this.#words.length === 0 && this.#word === null ? this.#skip(1) : false;
    if (character === " " || character === "\t") return this.#end() && this.#skip(1);
    if (character === "#" && this.#word === null) return this.#comment();
    if (this.#isEnd(character, next)) return false;
    if (character === "\\") return this.#add(next) && this.#skip(2);
    if (character === "'") return this.#literal();
    if (character === '"') return this.#quoted();
    if (character === "$") return this.#dollar(next);
    return this.#add(character) && this.#skip(1);
  }

  /** An ampersand within a word is one of an address that nobody has put into quotes. */
  #isEnd(character: string, next: string): boolean {
    if (character === "&") return this.#word === null || next === "&" || /\s/.test(next) || next === "";
    return ENDS.has(character);
  }

  #dollar(next: string): boolean {
    if (next === "'") return this.#escaped();
    // A prompt that was copied along.
    if (next === " " && this.#words.length === 0 && this.#word === null) return this.#skip(1);
    return this.#variable() || (this.#add("$") && this.#skip(1));
  }

  #variable(): boolean {
    const isBraced = this.text[this.#at + 1] === "{";
    const begin = this.#at + (isBraced ? 2 : 1);
    const name = NAME.exec(this.text.slice(begin, begin + 101))?.[0];
    if (!name) return false;
    this.#begin().variables.push(name);
    if (!isBraced) return this.#to(begin + name.length);
    const close = this.text.indexOf("}", begin);
    return this.#to(close < 0 ? this.text.length : close + 1);
  }

  #literal(): boolean {
    const close = this.text.indexOf("'", this.#at + 1);
    const end = close < 0 ? this.#unclosed() : close;
    return this.#add(this.text.slice(this.#at + 1, end)) && this.#to(end + 1);
  }

  #quoted(): boolean {
    this.#begin();
    this.#at += 1;
    while (this.#at < this.text.length) {
      const character = this.text[this.#at] ?? "";
      const next = this.text[this.#at + 1] ?? "";
      if (character === '"') return this.#skip(1);
      if (character === "\\" && next === "\n") this.#skip(2);
      else if (character === "\\" && '$`"\\'.includes(next)) this.#add(next) && this.#skip(2);
      else if (!(character === "$" && this.#variable())) this.#add(character) && this.#skip(1);
    }
    this.#unclosed();
    return true;
  }

  /** `$'it\'s'` */
  #escaped(): boolean {
    this.#begin();
    this.#at += 2;
    while (this.#at < this.text.length) {
      const character = this.text[this.#at] ?? "";
      if (character === "'") return this.#skip(1);
      if (character !== "\\") this.#add(character) && this.#skip(1);
      else this.#escape(this.text[this.#at + 1] ?? "");
    }
    this.#unclosed();
    return true;
  }

  #escape(kind: string): void {
    const digits = { x: 2, u: 4, U: 8 }[kind] ?? 0;
    const code = /^[0-9A-Fa-f]+/.exec(this.text.slice(this.#at + 2, this.#at + 2 + digits))?.[0];
    const value = code ? Number.parseInt(code, 16) : -1;
    if (code && value <= 0x10_ffff) {
      this.#add(String.fromCodePoint(value));
      this.#skip(2 + code.length);
    } else {
      this.#add(PLAIN_ESCAPES[kind] ?? kind);
      this.#skip(2);
    }
  }

  #comment(): boolean {
    const end = this.text.indexOf("\n", this.#at);
    return this.#to(end < 0 ? this.text.length : end);
  }

  #begin(): Word {
    this.#word ??= { text: "", variables: [] };
    return this.#word;
  }

  #add(text: string): true {
    this.#begin().text += text;
    return true;
  }

  #end(): true {
    if (this.#word) this.#words.push(this.#word);
    this.#word = null;
    return true;
  }

  #skip(characters: number): true {
    this.#at += characters;
    return true;
  }

  #to(place: number): true {
    this.#at = place;
    return true;
  }

  #unclosed(): number {
    this.#isUnclosed = true;
    return this.text.length;
  }
}
