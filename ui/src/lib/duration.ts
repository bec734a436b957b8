const SECOND = 1_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its two largest units, such as "14 min 32 s". Milliseconds; begun seconds count. */
export function spell(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return pair(seconds, MINUTE, "min", 1, "s");
  if (seconds < DAY) return pair(seconds, HOUR, "h", MINUTE, "min");
  const days = Math.floor(seconds / DAY) === 1 ? "day" : "days";
  return pair(seconds, DAY, days, HOUR, "h");
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const head = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
}

/** How long from `now` until `at`: null once it is over, or while the time is not known yet. */
export function until(at: number | null, now: number | null): string | null {
  if (at === null || now === null || at <= now) return null;
  return spell(at - now);
}

/** Whether `at` lies in the past; while the time is not known yet, it does not. */
export function isOver(at: number, now: number | null): boolean {
  return now !== null && at <= now;
}
