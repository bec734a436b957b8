import { FakeBridge } from "./fake-bridge";
import { others, serverIn, snapshotOf } from "./made-up";
import { among, inState, refuse, type Scene } from "./scene";

const change = { press: "change-sharing" };

/** What of a session stands in the shared file, and what else is to be told about a session that is fine. */
export const SHARING_SCENES: Record<string, Scene> = {
  "sharing-full": { bridge: inState("signed_in", { sharing: "full" }) },
  "sharing-none": { bridge: inState("signed_in", { sharing: "none", expiresAt: null, nextRefreshAt: null }) },
  "sharing-choice": { bridge: inState("signed_in"), acts: [change] },
  "sharing-choice-plaintext": { bridge: inState("signed_in", { store: "plaintext", sharing: "none" }), acts: [change] },
  "sharing-error": {
    bridge: among(serverIn("signed_in"), {
      setSharing: refuse({
        code: "settings_unusable",
        message: "/home/ada/.local/share/flowstate/settings.json could not be written: no space left on the disk; see what lies there and who may use it.",
        field: null,
      }),
    }),
    acts: [change, { press: "sharing-full" }, { press: "save-sharing" }],
  },
  "clock-behind": { bridge: inState("signed_in", { clockSkew: 612 }) },
  "clock-ahead": { bridge: inState("signed_in", { clockSkew: -3_650 }) },
  "refresh-failed": {
    bridge: inState("signed_in", { reasonCode: "offline", reason: "https://auth.example.com could not be reached; check the address and your network.", clockSkew: 95 }),
  },
  "sign-outs-waiting": { bridge: () => new FakeBridge(snapshotOf([serverIn("signed_out"), ...others], null, ["production", "cloud-pay", "cloud-pay"])) },
  "sign-out-waiting": { bridge: () => new FakeBridge(snapshotOf([serverIn("signed_out"), ...others], null, ["production"])) },
  "sign-out-waiting-alone": { bridge: () => new FakeBridge(snapshotOf([], null, ["production"])) },
  "not-told": {
    bridge: among(serverIn("signed_in"), {
      signOut: refuse({
        code: "server_not_told",
        message:
          "You are signed out on this computer, but the server was not told; it will be told as soon as it can be reached. https://auth.example.com could not be reached; check the address and your network.",
        field: null,
      }),
    }),
    acts: [{ press: "sign-out" }],
  },
};
