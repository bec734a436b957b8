import type { Theme } from "./contract";

/** Draws the page in the theme that was chosen, else in the system's; gives what stops it from following that. */
export function followTheme(chosen: Theme): () => void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const draw = (): void => {
    document.documentElement.dataset.theme = chosen === "system" ? (system.matches ? "dark" : "light") : chosen;
  };
  draw();
  system.addEventListener("change", draw);
  return () => system.removeEventListener("change", draw);
}
