import type { Page } from "@playwright/test";

/** As web-vitals counts them: milliseconds, and a share of the page that moved. `inp` null: nothing answered yet. */
export interface Vitals {
  lcp: number;
  inp: number | null;
  cls: number;
}

interface Seen {
  lcp: number;
  cls: number;
  interactions: Record<string, number>;
}

/** Before the page is opened. */
export async function watchVitals(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: Seen = { lcp: 0, cls: 0, interactions: {} };
    Object.assign(window, { vitals: seen });
    const watch = (
      type: string,
      told: (entry: PerformanceEntry & Record<string, unknown>) => void,
      more = {},
    ) =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) told(entry as never);
      }).observe({ type, buffered: true, ...more });
    watch("largest-contentful-paint", ({ startTime }) => {
      seen.lcp = startTime;
    });
    // The worst window of shifts that nobody has caused: at most five seconds, without a second in which nothing moved.
    let [first, last, sum] = [0, 0, 0];
    watch("layout-shift", ({ startTime, value, hadRecentInput }) => {
      if (hadRecentInput) return;
      const goesOn = startTime - last < 1000 && startTime - first < 5000;
      sum = goesOn ? sum + Number(value) : Number(value);
      first = goesOn ? first : startTime;
      last = startTime;
      seen.cls = Math.max(seen.cls, sum);
    });
    // One interaction is several events (down, up, click): the longest of them counts.
    watch(
      "event",
      ({ interactionId, duration }) => {
        if (interactionId)
          seen.interactions[`${interactionId}`] = Math.max(
            duration,
            seen.interactions[`${interactionId}`] ?? 0,
          );
      },
      { durationThreshold: 16 },
    );
  });
}

export async function vitalsOf(page: Page): Promise<Vitals> {
  const { lcp, cls, interactions } = await page.evaluate(
    () => (window as unknown as { vitals: Seen }).vitals,
  );
  const all = Object.values(interactions);
  return { lcp, inp: all.length > 0 ? Math.max(...all) : null, cls };
}
