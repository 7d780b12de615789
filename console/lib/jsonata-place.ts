/** Where one is in a JSONata expression that may not be finished. */
export interface JsonataPlace {
  /** The path that names are looked up in: what stands before the braces around it. null: that is not known. */
  context: string | null;
  /** The path that is being written there. null: it follows what has no name. */
  path: string | null;
  /** The bracket around it; null: none. */
  within: "{" | "(" | "[" | null;
  /** A text, a comment or a quoted name is not closed. */
  isQuoted: boolean;
  /** Where the bracket around it stands. */
  opened: number;
  /** The last character that says something. */
  last: string;
}

interface Frame extends Pick<JsonataPlace, "context" | "path" | "within" | "opened"> {
  hasDot: boolean;
  /** A bracket behind a path chooses of it. */
  isChoice: boolean;
}

const PIECE =
  /\s+|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|`[^`]*`?|\$\$?\w*|\w+|[\s\S]/g;
const CLOSES: Record<string, string> = { "{": "}", "(": ")", "[": "]" };
const NAME = /^(?:[A-Za-z_]\w*|`[^`]*`)$/;
const OPERATORS = new Set(["and", "or", "in"]);

export const joined = (context: string | null, path: string | null): string | null => {
  if (path === null) return null;
  if (path.startsWith("$$")) return path.replace(/^\$\$\.?/, "");
  if (context === null) return null;
  return [context, path.replace(/^\$\.?/, "")].filter(Boolean).join(".");
};

/** At the end of the text, read once from its beginning. */
export function placeIn(text: string): JsonataPlace {
  const frames: Frame[] = [frameOf({ context: "", within: null, opened: -1, isChoice: false })];
  let [isQuoted, last, at] = [false, "", 0];
  for (const [piece] of text.matchAll(PIECE)) {
    const opened = at;
    at += piece.length;
    if (piece.trim() === "") continue;
    isQuoted = isOpen(piece);
    if (piece.startsWith("/*")) continue;
    last = piece.at(-1) ?? "";
    const frame = frames.at(-1) as Frame;
    if (piece in CLOSES) frames.push(entered(frame, piece as "{", opened));
    else if (CLOSES[frame.within ?? ""] === piece) left(frames, text.slice(frame.opened + 1, opened));
    else read(frame, piece);
  }
  const { context, path, within, opened } = frames.at(-1) as Frame;
  return { context, path, within, isQuoted, opened, last };
}

const frameOf = (frame: Pick<Frame, "context" | "within" | "opened" | "isChoice">): Frame => ({
  ...frame,
  path: "",
  hasDot: false,
});

function entered(frame: Frame, within: "{" | "(" | "[", opened: number): Frame {
  const follows = frame.path !== "" && (frame.hasDot || within !== "(");
  const context = follows ? joined(frame.context, frame.path) : frame.context;
  return frameOf({ context, within, opened, isChoice: within === "[" && follows && !frame.hasDot });
}

function left(frames: Frame[], inside: string): void {
  const closed = frames.pop();
  const frame = frames.at(-1) as Frame;
  if (!closed?.isChoice) frame.path = null;
  else if (frame.path !== null && /^\s*\d+\s*$/.test(inside)) frame.path += `[${inside.trim()}]`;
  frame.hasDot = false;
}

function read(frame: Frame, piece: string): void {
  if (piece === ".") {
    frame.hasDot = true;
    return;
  }
  if (NAME.test(piece) && !OPERATORS.has(piece)) {
    if (!frame.hasDot) frame.path = piece;
    else if (frame.path !== null) frame.path = [frame.path, piece].filter(Boolean).join(".");
  } else frame.path = piece === "$" || piece === "$$" ? piece : piece.startsWith("$") ? null : "";
  frame.hasDot = false;
}

function isOpen(piece: string): boolean {
  if (piece.startsWith("/*")) return !piece.endsWith("*/") || piece.length < 4;
  const quote = piece[0] ?? "";
  if (!"\"'`".includes(quote)) return false;
  return piece.length === 1 || !/(?:^|[^\\])(?:\\\\)*["'`]$/.test(piece.slice(1));
}

const TOKEN = /`[^`]*`|\w+|\[\d+\]/g;
const isIndex = (token: string | undefined) => token?.startsWith("[") ?? false;

/** A path as it is written within a context, which may be of each item of a list: `city` of `identities[0].city`. */
export function within(context: string | null, path: string): string {
  if (context === "") return path;
  const steps = context === null ? null : (context.match(TOKEN) ?? []);
  const rest = path.match(TOKEN) ?? [];
  for (const step of steps ?? [""]) {
    while (isIndex(rest[0]) && rest[0] !== step) rest.shift();
    if (rest.shift() !== step) return `$$.${path}`;
  }
  while (isIndex(rest[0])) rest.shift();
  return rest.length === 0
    ? "$"
    : rest.reduce((made, token) => made + (isIndex(token) || made === "" ? token : `.${token}`), "");
}
