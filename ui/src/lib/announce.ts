import type { ServerView, Snapshot } from "./contract";
import { faceOf } from "./face";
import { nameOf, plain } from "./text";
import { words } from "./words.svelte";

/** What to tell someone who cannot see the change. Refreshing comes and goes by itself and is not told. */
export function changesBetween(before: Snapshot, after: Snapshot): string {
  const { announced } = words();
  const old = new Map(before.servers.map((server) => [server.id, server]));
  const told: string[] = [];
  for (const server of after.servers) {
    const was = old.get(server.id);
    if (!was) continue;
    const name = nameOf(server);
    const label = settled(server);
    if (settled(was) !== label) told.push(announced.state(name, label));
    if (was.signIn.step === "idle" && server.signIn.step === "code_requested") {
      told.push(announced.codeSent(name, plain(server.signIn.email)));
    }
    if (server.active && !was.active) told.push(announced.active(name));
  }
  return told.join(" ");
}

function settled(server: ServerView): string {
  return faceOf(server.state === "refreshing" ? { ...server, state: "signed_in" } : server).label;
}
