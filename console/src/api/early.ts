import { HEADERS } from "./headers";

/** What is asked before the scripts are here that know what to do with its answer. */
const asked = new Map<string, Promise<Response>>();

export function askEarly(path: string): void {
  const answer = fetch(path, { headers: HEADERS, credentials: "same-origin" });
  // Whoever takes it is told.
  answer.catch(() => undefined);
  asked.set(path, answer);
}

/** Once: who asks again wants to know how it is now. */
export function takeEarly(path: string): Promise<Response> | undefined {
  const answer = asked.get(path);
  asked.delete(path);
  return answer;
}
