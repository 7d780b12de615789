import names from "./secret-names.json";

/** Beside the names that the server knows: these too are seldom anything else in a command. */
const OWN_WHOLE = ["key", "sig", "appid", "pwd", "xkey"];
const OWN_CONTAINED = ["signature"];
const WHOLE = new Set([...names.whole, ...OWN_WHOLE]);
const CONTAINED = [...names.contained, ...OWN_CONTAINED];
const FORMATS =
  /[sr]k_(?:live|test)_[0-9A-Za-z]{10}|sk-[A-Za-z0-9_-]{20}|gh[pousr]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}|glpat-[A-Za-z0-9_-]{16}|xox[abeoprs]-[A-Za-z0-9-]{10}|A[KS]IA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30}|ya29\.[A-Za-z0-9_-]{20}|SG\.[A-Za-z0-9_-]{16}|shp(?:at|ss|ca|pa)_[A-Fa-f0-9]{20}|npm_[A-Za-z0-9]{20}|hf_[A-Za-z0-9]{20}|eyJ[A-Za-z0-9_-]{16}|-----BEGIN /;
const SCHEME = /^(?:Bearer|Basic|Token) \S{8,}$/i;
const RUN = /[A-Za-z0-9]{20,}/g;
const LOOKED_AT = 100;
const CHANGES = 4;

/** As the server judges it: what looks like a key goes where it is encrypted, and stands nowhere else. */
export function namesSecret(name: string): boolean {
  const plain = name.replaceAll(/[-_. ]/g, "").toLowerCase();
  if (WHOLE.has(plain) || names.endings.some((ending) => plain.endsWith(ending))) return true;
  const isNamed = CONTAINED.some((word) => plain.includes(word));
  return isNamed && !names.harmless.some((ending) => plain.endsWith(ending));
}

export function looksSecret(name: string, text: string): boolean {
  if (text.trim() === "" || text.includes("{{")) return false;
  return namesSecret(name) || SCHEME.test(text) || holdsKey(text);
}

/** Of a form that is known, or digits and letters at random. */
export const holdsKey = (text: string): boolean =>
  FORMATS.test(text) || [...text.matchAll(RUN)].some(([run]) => isRandom(run.slice(0, LOOKED_AT)));

function isRandom(run: string): boolean {
  let changes = 0;
  for (let at = 1; at < run.length; at += 1) {
    if (isDigit(run[at]) !== isDigit(run[at - 1])) changes += 1;
  }
  return changes >= CHANGES && new Set(run).size >= 8;
}

const isDigit = (character = "") => character >= "0" && character <= "9";
