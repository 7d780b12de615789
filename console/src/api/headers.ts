/** Of every request: a session counts only beside the second. */
export const HEADERS = { Accept: "application/json", "X-Connectors-Console": "1" };
