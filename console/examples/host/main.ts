/** The host's own page: plain, until somebody adds an action. */
const place = document.querySelector<HTMLElement>("#place");
const chosen = document.querySelector<HTMLElement>("#chosen");

document.querySelector("#add")?.addEventListener("click", async () => {
  const { showPanel } = await import("./panel");
  if (place && chosen) showPanel(place, (step) => chosen.append(step));
});

if (new URLSearchParams(location.search).has("plain")) document.querySelector("#host-style")?.remove();
