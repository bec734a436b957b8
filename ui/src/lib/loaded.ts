/** Resolves when the styles are there. A module may run before them, and what it scrolls or measures then is not what will be seen. */
export async function pageLoaded(): Promise<void> {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
}
