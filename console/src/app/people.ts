/** Of whoever did something, as the server names them, what people say: of "ann@example.com" the part before the "@". */
export function personName(by: string): string {
  if (by.startsWith("api-key/")) return "API key";
  return by.split("@")[0] || by;
}
