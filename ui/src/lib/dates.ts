import { spellGoverned } from "./duration";
import { locale, words } from "./words.svelte";

const DAY = 86_400_000;

/** A moment as people say it: "today 14:32", "yesterday 09:10", "3 Nov, 14:32", "3 Nov 2024". */
export function when(at: number, now: number | null): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
  const days = now === null ? null : daysBetween(date, new Date(now));
  if (days === 0 || days === -1) {
    return `${new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day")} ${time}`;
  }
  const sameYear = now !== null && date.getFullYear() === new Date(now).getFullYear();
  if (!sameYear) return date.toLocaleDateString(locale(), { day: "numeric", month: "short", year: "numeric" });
  return date.toLocaleString(locale(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** To the second, for whoever compares it with a log. */
export function exactly(at: number): string {
  return new Date(at).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium" });
}

/** How far off a moment is: "in 14 min 32 s", "2 h 5 min ago". */
export function farFrom(at: number, now: number | null): string | null {
  if (now === null) return null;
  const { times } = words();
  if (Math.abs(at - now) < 1_000) return times.justNow;
  return at > now ? times.in(spellGoverned(at - now)) : times.ago(spellGoverned(now - at));
}

/** Whole days of the calendar, negative for the past. */
function daysBetween(one: Date, other: Date): number {
  const midnight = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(one) - midnight(other)) / DAY);
}
