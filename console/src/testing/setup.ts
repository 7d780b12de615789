import { afterEach, vi } from "vitest";

/** Tests of components say `@vitest-environment jsdom`; all others need no page. */
const hasPage = typeof document !== "undefined";

if (hasPage) {
  await import("@testing-library/jest-dom/vitest");
  const { cleanup } = await import("@testing-library/react");
  afterEach(() => {
    cleanup();
    sessionStorage.clear();
    localStorage.clear();
  });
  // What jsdom has not: sizes of elements, and looks at media.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      addEventListener() {},
      removeEventListener() {},
    }) as unknown as MediaQueryList;
}
