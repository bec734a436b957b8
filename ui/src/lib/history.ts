import type { TimelineEntry } from "./contract";
import { spell } from "./duration";
import { words } from "./words.svelte";

export type HistoryLine = { at: number; by: string; text: string; tone: "plain" | "good" | "bad" };

/** What to show of a timeline: the newest first, refreshes that follow each other as one line. */
export function linesOf(entries: readonly TimelineEntry[]): HistoryLine[] {
  const lines: HistoryLine[] = [];
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (!entry) continue;
    let times = 1;
    while (entry.event === "refreshed" && entries[at - 1]?.event === "refreshed") {
      at -= 1;
      times += 1;
    }
    const text = times > 1 ? words().timeline.refreshedTimes(times) : textOf(entry);
    lines.push({ at: entry.at, by: entry.by, text, tone: toneOf(entry) });
  }
  return lines;
}

function toneOf(entry: TimelineEntry): HistoryLine["tone"] {
  if (entry.event === "signed_in" || entry.event === "online") return "good";
  return entry.event === "revoked" || entry.event === "offline" || entry.event === "replaced" || entry.event === "vanished" ? "bad" : "plain";
}

function textOf(entry: TimelineEntry): string {
  const { timeline: says, shared, stores } = words();
  switch (entry.event) {
    case "signed_in":
      return says.signedIn;
    case "signed_out":
      return entry.everywhere ? says.signedOut : says.signedOutHere;
    case "sign_out_done":
      return says.signOutDone;
    case "refreshed":
      return says.refreshed;
    case "adopted":
      return says.adopted;
    case "offline":
      return says.offline(entry.code);
    case "online":
      return says.online;
    case "revoked":
      return says.revoked[entry.reason];
    case "sharing_changed":
      return says.sharingChanged(shared[entry.from], shared[entry.to]);
    case "store_changed":
      return says.storeChanged(stores.labels[entry.from], stores.labels[entry.to]);
    case "vanished":
      return says.vanished;
    case "replaced":
      return says.replaced;
    case "settled":
      return entry.ours ? says.settledOurs : says.settledTheirs;
    case "clock_skew":
      return says.clock(spell(Math.abs(entry.seconds) * 1_000));
  }
}
