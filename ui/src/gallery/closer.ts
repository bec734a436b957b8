// What a closer look shows of servers that do not exist.
import type { About, CheckView, Claim, CopyView, OwnSession, SharingPreview, TimelineEntry } from "../lib/contract";
import { MINUTE, NOW } from "./made-up";

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const CLAIMS: Claim[] = [
  { name: "userId", value: { kind: "text", is: "usr_01JD2Z8Q7K" } },
  { name: "email", value: { kind: "text", is: "ada@example.com" } },
  { name: "domainId", value: { kind: "text", is: "default" } },
  { name: "orgId", value: { kind: "text", is: "org_01JD2Z8Q7K" } },
  { name: "scopes", value: { kind: "list", is: ["read", "write", "deploy:production", "admin"] } },
  { name: "iss", value: { kind: "text", is: "https://auth.example.com" } },
  { name: "iat", value: { kind: "time", is: NOW - 28_000 } },
  { name: "exp", value: { kind: "time", is: NOW + 14 * MINUTE + 32_000 } },
  { name: "jti", value: { kind: "text", is: "0199a6f2-0b6e-7c11-a2f0-5c2f6a1e9d11" } },
  { name: "x_team", value: { kind: "text", is: "payments" } },
];

const BY = "flowstate-tray 4711";

export const HISTORY: TimelineEntry[] = [
  { at: NOW - 9 * DAY, by: "flowstate-auth 4102", event: "signed_in" },
  { at: NOW - 2 * DAY - 3 * HOUR, by: BY, event: "offline", code: "offline" },
  { at: NOW - 2 * DAY - 2 * HOUR, by: BY, event: "online" },
  { at: NOW - DAY - 5 * HOUR, by: BY, event: "sharing_changed", from: "full", to: "access" },
  { at: NOW - DAY, by: BY, event: "refreshed" },
  { at: NOW - 2 * HOUR, by: BY, event: "clock_skew", seconds: 95 },
  { at: NOW - HOUR, by: BY, event: "refreshed" },
  { at: NOW - 28 * MINUTE, by: BY, event: "refreshed" },
  { at: NOW - 28_000, by: BY, event: "refreshed" },
];

export const SESSIONS: OwnSession[] = [
  {
    id: "s1",
    platform: "linux",
    program: "flowstate-accounts/0.1.0 (linux; x86_64)",
    ip: "198.51.100.7",
    location: null,
    signedInAt: NOW - 9 * DAY,
    lastUsedAt: NOW - 28_000,
    current: true,
  },
  {
    id: "s2",
    platform: "macos",
    program: "flowstate-accounts/0.1.0 (macos; aarch64)",
    ip: "203.0.113.20",
    location: "Zürich",
    signedInAt: NOW - 30 * DAY,
    lastUsedAt: NOW - DAY - HOUR,
    current: false,
  },
  { id: "s3", platform: null, program: null, ip: "203.0.113.99", location: null, signedInAt: NOW - 200 * DAY, lastUsedAt: NOW - 190 * DAY, current: false },
];

function preview(auth: object | null): string {
  const entry = { id: "production", name: "Production", url: "https://auth.example.com", domainId: "default", mcpUrl: "https://mcp.example.com" };
  return JSON.stringify(auth === null ? entry : { ...entry, auth }, null, 2);
}

const shared = { accessToken: "********", refreshToken: "", expiresAt: NOW + 14 * MINUTE, userId: "usr_01JD2Z8Q7K", email: "ada@example.com" };

export const PREVIEWS: SharingPreview[] = [
  { sharing: "access", text: preview(shared) },
  { sharing: "full", text: preview({ ...shared, refreshToken: "********" }) },
  { sharing: "none", text: preview(null) },
];

function holds(id: string, detail: string): CheckView {
  return { id, ok: true, detail, why: null, fix: null, fixed: false, repairable: false };
}

export const WELL: CheckView[] = [
  holds("config_readable", "~/.flowstate/config.json holds 4 servers."),
  holds("store_opens", "The keychain opens."),
  holds("agent_listens", "The app listens for command lines."),
  holds("server_reachable:production", "https://auth.example.com answers in 48 ms."),
  holds("autostart", "The app does not start by itself; that is how it was chosen."),
];

export const CHECKS: CheckView[] = [
  {
    id: "config_private",
    ok: false,
    detail: "~/.flowstate/config.json can be read by other people of this computer (mode 0644).",
    why: "Whoever can read it can use your sessions.",
    fix: "Take the rights of others away: chmod 600 ~/.flowstate/config.json",
    fixed: false,
    repairable: true,
  },
  {
    id: "server_reachable:staging",
    ok: false,
    detail: "https://staging.example.com could not be reached.",
    why: "Its session cannot be refreshed until it answers.",
    fix: "Check the address and your network.",
    fixed: false,
    repairable: false,
  },
  ...WELL,
];

export const COPY: CopyView = {
  path: "/home/ada/.flowstate/config.json.backup-20261124T101500Z",
  madeAt: NOW - DAY - 2 * HOUR,
  servers: ["Production", "Local", "Cloud Pay"],
};

export const ABOUT: About = {
  version: "0.1.0",
  webView: "2.50.1",
  system: "linux x86_64",
  configFolder: "/home/ada/.flowstate",
  dataFolder: "/home/ada/.local/share/flowstate-accounts",
  storeIsFixed: false,
  logIsFixed: false,
  licences: [
    { name: "reqwest", version: "0.13.1", licence: "MIT OR Apache-2.0" },
    { name: "svelte", version: "5.57.3", licence: "MIT" },
    { name: "tauri", version: "2.12.0", licence: "Apache-2.0 OR MIT" },
  ],
};
