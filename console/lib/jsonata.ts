import { autocompletion, type Completion, type CompletionContext } from "@codemirror/autocomplete";
import { StreamLanguage, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { isObject, type Json } from "@json/exact";
import { typeName } from "@json/tree";
import { joined, placeIn } from "./jsonata-place";

/** JSONata for an editor: colours, and what may come next. The server's evaluation is the truth. */
const KEYWORDS = /^(?:and|or|in|function|true|false|null)\b/;

interface State {
  inComment: boolean;
}

export const jsonataParser: StreamParser<State> = {
  name: "jsonata",
  startState: () => ({ inComment: false }),
  token(stream, state) {
    if (state.inComment) {
      if (stream.match(/^.*?\*\//)) state.inComment = false;
      else stream.skipToEnd();
      return "comment";
    }
    if (stream.eatSpace()) return null;
    if (stream.match("/*")) {
      state.inComment = true;
      return "comment";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
    if (stream.match(/^`[^`]*`?/)) return "propertyName";
    if (stream.match(/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
    if (stream.match(/^\$\$?[A-Za-z_]?[\w]*(?=\s*\()/)) return "variableName.function";
    if (stream.match(/^\$\$?\w*/)) return "variableName.special";
    if (stream.match(KEYWORDS)) return "keyword";
    if (stream.match(/^[A-Za-z_]\w*/)) return "propertyName";
    if (stream.match(/^(?::=|~>|\.\.|!=|<=|>=|[+\-*/%&=<>?:^|@#])/)) return "operator";
    stream.next();
    return "punctuation";
  },
  languageData: {
    closeBrackets: { brackets: ["(", "[", "{", '"', "'", "`"] },
    commentTokens: { block: { open: "/*", close: "*/" } },
  },
};

export const jsonataLanguage = StreamLanguage.define(jsonataParser);

const FUNCTIONS: readonly [string, string][] = [
  ["string", "as text"],
  ["length", "of text"],
  ["substring", "text, start, length"],
  ["substringBefore", "text, what"],
  ["substringAfter", "text, what"],
  ["uppercase", "text"],
  ["lowercase", "text"],
  ["trim", "without spaces around"],
  ["contains", "text, what"],
  ["split", "text, separator"],
  ["join", "list, separator"],
  ["replace", "text, what, by"],
  ["match", "text, pattern"],
  ["number", "from text"],
  ["abs", "number"],
  ["round", "number, places"],
  ["sum", "of a list"],
  ["max", "of a list"],
  ["min", "of a list"],
  ["average", "of a list"],
  ["count", "of a list"],
  ["append", "list, list"],
  ["sort", "list"],
  ["reverse", "list"],
  ["distinct", "list"],
  ["map", "list, function"],
  ["filter", "list, function"],
  ["reduce", "list, function"],
  ["keys", "of an object"],
  ["lookup", "object, name"],
  ["merge", "list of objects"],
  ["exists", "whether it is there"],
  ["boolean", "as true or false"],
  ["not", "the opposite"],
  ["now", "time, ISO 8601"],
  ["toMillis", "from a time"],
  ["fromMillis", "to a time"],
  ["base64encode", "text"],
  ["base64decode", "text"],
];
const COMPLETED = FUNCTIONS.map(
  ([name, detail]): Completion => ({ label: `$${name}`, detail, type: "function", apply: `$${name}(` }),
);
export function jsonataCompletion(sample: unknown): Extension {
  return autocompletion({
    override: [(context) => complete(context, sample as Json | undefined)],
    icons: false,
  });
}

/** What may come next: functions behind a `$`, else names of the sample that stand where one is. */
export function complete(context: CompletionContext, sample: Json | undefined) {
  const called = context.matchBefore(/\$\w*/);
  if (called) return { from: called.from, options: COMPLETED };
  const place = placeIn(context.state.sliceDoc(0, context.pos));
  const name = context.matchBefore(/\w+/)?.text ?? "";
  const before = context.state.sliceDoc(context.pos - name.length - 1, context.pos - name.length);
  if (place.isQuoted || place.path === null) return null;
  if (!context.explicit && name === "" && before !== ".") return null;
  const isBegun = name !== "" && place.path.endsWith(name);
  const within = joined(
    place.context,
    isBegun ? place.path.slice(0, -name.length) : before === "." ? place.path : "",
  );
  if (within === null || sample === undefined) return null;
  const options = namesAt(sample, within);
  return options.length > 0 ? { from: context.pos - name.length, options } : null;
}

/** Names that may follow a path such as `identities[0].`; JSONata looks into each item of a list. */
export function namesAt(sample: Json, path: string): Completion[] {
  let reached: Json | undefined = sample;
  for (const [part] of path.matchAll(/`[^`]*`|\w+/g)) {
    if (reached === undefined) return [];
    reached = stepInto(reached, part.replaceAll("`", ""));
  }
  const [item] = Array.isArray(reached) ? reached : [reached];
  if (!isObject(item)) return [];
  return Object.entries(item).map(([label, value]) => ({ label, detail: typeName(value), type: "property" }));
}

function stepInto(value: Json, part: string): Json | undefined {
  if (Array.isArray(value))
    return /^\d+$/.test(part) ? value[Number(part)] : stepInto(value[0] ?? null, part);
  return isObject(value) ? value[part] : undefined;
}
