import { expect, test } from "vitest";
import type { Values } from "../values";
import { MOST_CHARACTERS, readCommand } from "./command";
import { looksSecret, namesSecret } from "./secrets";
import { readWords } from "./shell";
import { summaryOf } from "./summary";
import { type Imported, valuesOf } from "./to-values";

function imported(text: string): Imported {
  const command = readCommand(text);
  if (!command) throw new Error(`not read: ${text}`);
  return valuesOf(command);
}

/** What stands where everybody may read it. */
const inPlainSight = ({ query = [], headers = [], authFields: _sealed, ...rest }: Partial<Values>) =>
  JSON.stringify([
    rest,
    query.map(({ secret: _secret, ...row }) => row),
    headers.map(({ secret: _secret, ...row }) => row),
  ]);

test("an address alone is one that is read", () => {
  const { values } = imported("  https://api.example.com/v1/people?phone=1\n");
  expect(values).toMatchObject({ method: "GET", url: "https://api.example.com/v1/people" });
  expect(values.query?.map(({ key, staticValue }) => [key, staticValue])).toEqual([["phone", "1"]]);
  expect(readCommand("https://a and more")).toBeNull();
});

test.each<[string, string[]]>([
  ['curl \'a b\' "c \\"d\\" $" e\\ f', ["curl", "a b", 'c "d" $', "e f"]],
  ["curl \\\n  -H 'A: b' \\\r\n  https://x", ["curl", "-H", "A: b", "https://x"]],
  ["$ curl $'it\\'s\\n\\u00e9'", ["curl", "it's\né"]],
  ["curl https://x?a=1&b=2 # a comment", ["curl", "https://x?a=1&b=2"]],
  ["curl ''", ["curl", ""]],
  ["curl a'b'\"c\"", ["curl", "abc"]],
])("%s is read as a shell would", (text, words) => {
  expect(readWords(text).words.map((word) => word.text)).toEqual(words);
});

test("a whole request goes into the fields of the steps", () => {
  const { values, notes } = imported(`curl --request POST \\
    --url 'https://api.example.com/v1/people?region=eu&page=2#top' \\
    -H 'Accept: application/json' -H "Content-Type: application/json" \\
    -H 'X-Version: 7' --max-time 12 --compressed -sS \\
    -d '{"name":"Ann","id":9007199254740993}'`);
  expect(notes).toEqual([]);
  expect(values).toMatchObject({
    name: "Example",
    method: "POST",
    url: "https://api.example.com/v1/people",
    query: [
      { key: "region", source: "static", staticValue: "eu" },
      { key: "page", staticValue: "2" },
    ],
    headers: [
      { key: "Accept", value: "application/json" },
      { key: "X-Version", value: "7" },
    ],
    bodyType: "json",
    authType: "none",
    timeout: 12_000,
  });
  expect(values.bodyJson).toContain("9007199254740993");
});

test.each<[string, string, Record<string, string>]>([
  ["-H 'Authorization: Bearer t0ken-1'", "bearer", { token: "t0ken-1" }],
  ["-H 'authorization: Basic YW5uOnM6MQ=='", "basic", { username: "ann", password: "s:1" }],
  ["-u 'ann:hush'", "basic", { username: "ann", password: "hush" }],
  ["--oauth2-bearer t0ken-2", "bearer", { token: "t0ken-2" }],
  ["-H 'X-API-Key: k-1'", "apikey", { name: "X-API-Key", location: "header", key: "k-1" }],
  ["-H 'Ocp-Apim-Subscription-Key: k-2'", "apikey", { key: "k-2" }],
  ["-G -d api_key=k-3", "apikey", { name: "api_key", location: "query", key: "k-3" }],
  ['-H "Authorization: Bearer $TOKEN"', "bearer", { token: "" }],
  [`-H "X-API-Key: $${"{KEY}"}"`, "apikey", { name: "X-API-Key", key: "" }],
])("%s authorizes as %s", (options, type, fields) => {
  const { values } = imported(`curl https://api.example.com/v1 ${options}`);
  expect(values.authType).toBe(type);
  expect(values.authFields).toMatchObject(fields);
  expect(inPlainSight(values)).not.toMatch(/t0ken|hush|k-\d/);
});

test("name and password of an address authorize too, and leave it", () => {
  const { values } = imported("curl https://ann:hush+%C3%A9@api.example.com/v1");
  expect(values).toMatchObject({ url: "https://api.example.com/v1", authType: "basic" });
  expect(values.authFields).toEqual({ username: "ann", password: "hush+é" });
  expect(inPlainSight(values)).not.toContain("hush");
});

test("what else is secret is kept as one, and stands nowhere in plain sight", () => {
  const key = "a1b2c3d4e5f6g7h8i9j0k1l2";
  const { values, notes } = imported(
    `curl 'https://api.example.com/v1?signature=canary1&trace=${key}' -H 'Authorization: Token canary2' \\
      -b 'session=canary3' -H 'X-Session: ${key}' -d 'client_secret=canary4&name=Ann'`,
  );
  expect(inPlainSight(values)).not.toMatch(/canary|a1b2c3/);
  expect(values.headers?.map(({ key: name, source }) => [name, source])).toEqual([
    ["Authorization", "secret"],
    ["Cookie", "secret"],
    ["X-Session", "secret"],
  ]);
  expect(values.bodyForm).toMatchObject([
    { key: "client_secret", value: "" },
    { key: "name", value: "Ann" },
  ]);
  expect(notes.join()).toContain("client_secret looks like a secret");
  expect(summaryOf(values).join()).not.toMatch(/canary|a1b2c3/);
});

test("an option that nobody knows does not take the place of the address", () => {
  expect(imported("curl --frobnicate 60 https://x.example/v1").values.url).toBe("https://x.example/v1");
  expect(imported("curl --keepalive-time 60 -z yesterday https://x.example/v1")).toMatchObject({
    values: { url: "https://x.example/v1" },
  });
});

test("the same remark is made once", () => {
  const { notes } = imported(`curl https://x.example -d '[{"token":"a"},{"token":"b"}]'`);
  expect(notes).toHaveLength(1);
});

test("a secret in JSON is left out by its name, however deep", () => {
  const { values, notes } = imported(
    `curl https://x.example -d '{"user":{"password":"canary","roles":["a"]},"list":[{"api_key":"canary"}]}'`,
  );
  expect(values.bodyJson).not.toContain("canary");
  expect(values.bodyJson).toContain('"roles"');
  expect(notes).toHaveLength(2);
});

test.each<[string, string]>([
  ["curl https://x.example -d @body.json", "in the file body.json"],
  ["curl -k https://x.example", "Certificates are always checked"],
  ["curl -L https://x.example", "Redirects are not followed"],
  ["curl https://x.example | jq .", "left out: | jq ."],
  ["curl https://x.example --frobnicate", "--frobnicate is not understood"],
  ["curl https://x.example --proxy http://p", "--proxy is not supported"],
  ["curl https://x.example https://y.example", "further word"],
  ["curl x.example/v1", "https:// is meant"],
  ["curl -X PURGE https://x.example", "PURGE is not supported"],
  ["curl 'https://x.example", "not closed"],
  ["curl https://x.example -F file=@a.png", "Files cannot be sent"],
  ["curl https://x.example -F a=1", "multipart"],
  ["curl -H @headers https://x.example", "Headers in a file"],
  ["curl https://x.example/T0/$ID", "The value of $ID"],
  ["curl https://hooks.example.com/services/a1b2c3d4e5f6g7h8i9j0k1l2", "address itself looks like a key"],
])("%s says what was not understood", (text, note) => {
  expect(imported(text).notes.join("\n")).toContain(note);
});

test.each<[string, Partial<Values>]>([
  ["curl https://x.example -XDELETE", { method: "DELETE" }],
  ["curl -I https://x.example", { method: "HEAD" }],
  ["curl https://x.example -d a=1 -d 'b=2 3'", { method: "POST", bodyType: "form" }],
  ["curl https://x.example --data-urlencode 'q=a&b'", { bodyType: "form" }],
  ["curl -G https://x.example --data-urlencode 'q=a&b'", { method: "GET", bodyType: "none" }],
  ["curl https://x.example --json '{\"a\":1}'", { method: "POST", bodyType: "json" }],
  ["curl https://x.example -H 'Content-Type: text/xml' -d '<a/>'", { bodyType: "raw", bodyRaw: "<a/>" }],
  ["curl -sSLXPUT https://x.example", { method: "PUT" }],
  ['curl ^"https://x.example/v1^" ^\n -H ^"X-A: \\^"b\\^"^"', { url: "https://x.example/v1" }],
  ["/usr/bin/curl https://x.example", { url: "https://x.example" }],
])("%s", (text, values) => {
  expect(imported(text).values).toMatchObject(values);
});

test("what browsers send beside, and what the sender writes itself, is left out", () => {
  const { values } = imported(
    "curl https://x.example -H 'Host: x.example' -H 'sec-ch-ua: a' -H 'Content-Length: 3' -H 'Accept-Language: de'",
  );
  expect(values.headers?.map(({ key }) => key)).toEqual(["Accept-Language"]);
});

test("a key that tells repeats apart is made anew for each call", () => {
  const { values } = imported(
    "curl https://x.example -d a=1 -H 'Idempotency-Key: a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4' -H 'X-Key: canary'",
  );
  expect(values).toMatchObject({
    idempotencyHeader: "Idempotency-Key",
    authFields: { name: "X-Key" },
    headers: [],
  });
});

test("what is no command, or very long, is nothing; what is hostile takes no time", () => {
  expect(readCommand("http https://api.example.com")).toBeNull();
  expect(readCommand("")).toBeNull();
  expect(readCommand(`curl ${"a".repeat(MOST_CHARACTERS)}`)).toBeNull();
  const long = MOST_CHARACTERS - 100;
  for (const piece of ["-d a ", "$", "'", '"\\', "$'\\", "{", "^", "x_", "&", "a1"]) {
    const command = readCommand(`curl https://x.example ${piece.repeat(long / piece.length)}`);
    if (command) valuesOf(command);
  }
  for (const levels of [100, 5_000, 30_000]) {
    const deep = readCommand(`curl https://x.example --json '${"[".repeat(levels)}${"]".repeat(levels)}'`);
    expect(deep && valuesOf(deep).notes).toEqual([
      "The body is no JSON that can be read: look at it in step 2.",
    ]);
  }
});

test("names and texts are judged as the server judges them", () => {
  expect(looksSecret("max_tokens", "100")).toBe(false);
  expect(looksSecret("phone", "6266958105")).toBe(false);
  expect(["access_tokens", "db_pwd", "card_cvv", "socialSecurity"].filter(namesSecret)).toHaveLength(4);
  expect(looksSecret("X-Key", "{{input.key}}")).toBe(false);
  expect(looksSecret("note", "sk-abcdefghijklmnopqrst")).toBe(true);
  expect(looksSecret("Accept", "application/json, text/plain")).toBe(false);
});
