import { locale, words } from "./words.svelte";

const SECOND = 1_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its two largest units, such as "14 min 32 s". Milliseconds; begun seconds count. */
export function spell(milliseconds: number): string {
  return inWords(milliseconds, words().units.days);
}

/** The same behind a word such as "in" or "after": German changes its days there. */
export function spellGoverned(milliseconds: number): string {
  return inWords(milliseconds, words().units.daysGoverned);
}

function inWords(milliseconds: number, days: (number: number) => string): string {
  const { units } = words();
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  if (seconds < MINUTE) return `${counted(seconds)} ${units.seconds}`;
  if (seconds < HOUR) return pair(seconds, MINUTE, units.minutes, 1, units.seconds);
  if (seconds < DAY) return pair(seconds, HOUR, units.hours, MINUTE, units.minutes);
  return pair(seconds, DAY, days(Math.floor(seconds / DAY)), HOUR, units.hours);
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const head = `${counted(Math.floor(seconds / large))} ${largeName}`;
  return rest === 0 ? head : `${head} ${counted(rest)} ${smallName}`;
}

function counted(number: number): string {
  return number.toLocaleString(locale());
}

/** How long from `now` until `at`: null once it is over, or while the time is not known yet. */
export function until(at: number | null, now: number | null, said: (milliseconds: number) => string = spell): string | null {
  if (at === null || now === null || at <= now) return null;
  return said(at - now);
}

/** Whether `at` lies in the past; while the time is not known yet, it does not. */
export function isOver(at: number, now: number | null): boolean {
  return now !== null && at <= now;
}
