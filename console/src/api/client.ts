import { jsonText, parseJson } from "@json/exact";
import { takeEarly } from "./early";
import { HEADERS } from "./headers";
import type { FieldProblem, Problem } from "./schema";
import { sessionEnded } from "./session-end";

/** Answers 401 also to whoever is not signed in yet, or mistypes a token. */
const SIGNING_IN = "/api/session";
const UNAUTHORIZED = 401;

/** An answer that is none of what was asked for; a status of 0: nobody answered. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly traceId: string | null = null,
    readonly etag: string | null = null,
  ) {
    super(detail || title);
  }

  /** What was sent, or a part of it, is not taken: the same again changes nothing. */
  get isNotTaken(): boolean {
    return [400, 413, 422].includes(this.status);
  }
}

export interface Answer<T> {
  status: number;
  body: T;
  etag: string | null;
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A list is sent as a parameter that stands several times. */
  query?: Record<string, string | number | boolean | readonly string[] | null | undefined>;
  body?: unknown;
  /** Sent as it is, in place of a body. */
  file?: Blob;
  ifMatch?: string | undefined;
  idempotencyKey?: string;
  signal?: AbortSignal | undefined;
}

/** Raises ApiError, or what an aborted fetch raises. */
export async function ask<T>(path: string, asked: Ask = {}): Promise<Answer<T>> {
  const response = await sent(path, asked);
  const text = await response.text();
  const body = readable(text);
  if (!response.ok) throw refusal(response, body);
  return { status: response.status, body: body as T, etag: response.headers.get("ETag") };
}

/** A file of the server's, which a link could not fetch: a session counts only beside a header. Raises as `ask`. */
export async function fetchFile(path: string, asked: Pick<Ask, "query" | "signal"> = {}): Promise<Blob> {
  const response = await sent(path, asked);
  if (!response.ok) throw refusal(response, readable(await response.text()));
  return await response.blob();
}

async function sent(path: string, asked: Ask) {
  const { method = "GET", query, body, file, ifMatch, idempotencyKey, signal } = asked;
  const headers: Record<string, string> = { ...HEADERS };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (file) headers["Content-Type"] = file.type || "text/csv";
  if (ifMatch) headers["If-Match"] = ifMatch;
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = jsonText(body);
  if (file) init.body = file;
  if (signal) init.signal = signal;
  try {
    const early = method === "GET" && !query ? takeEarly(path) : undefined;
    const response = await (early ?? fetch(path + queryText(query), init));
    if (response.status === UNAUTHORIZED && path !== SIGNING_IN) sessionEnded();
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer", "Check your connection, then try again.");
  }
}

export function queryText(query: Ask["query"] = {}): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value) pairs.append(name, each);
    else if (value !== null && value !== undefined && value !== "") pairs.set(name, String(value));
  }
  return pairs.size > 0 ? `?${pairs}` : "";
}

function readable(text: string): unknown {
  try {
    return text === "" ? undefined : parseJson(text);
  } catch {
    return undefined;
  }
}

function refusal(response: Response, body: unknown): ApiError {
  const problem = (body ?? {}) as Partial<Problem>;
  return new ApiError(
    response.status,
    problem.title ?? `The server answered ${response.status}`,
    problem.detail ?? "",
    problem.errors ?? [],
    response.headers.get("traceresponse")?.split("-")[1] ?? response.headers.get("X-Request-Id"),
    response.headers.get("ETag"),
  );
}
