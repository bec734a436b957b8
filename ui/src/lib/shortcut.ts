/** How the switcher's keys are written here. */
export const SHORTCUT = /Mac/.test(navigator.platform) ? "⌘K" : "Ctrl K";
