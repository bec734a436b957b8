// better-auth as a team would run it: e-mailed codes, SQLite with WAL and synchronous=FULL. Its rate limits and logs are off, as
// ours are; codes are kept hashed and go into a map that GET /dev/code?email= reads.  PORT, FILE
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer, emailOTP } from "better-auth/plugins";
import Database from "better-sqlite3";

const database = new Database(process.env.FILE);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
const codes = new Map();
const options = {
  baseURL: `http://127.0.0.1:${process.env.PORT}`,
  secret: "a secret that is long enough for a measurement",
  database,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
  plugins: [
    emailOTP({ storeOTP: "hashed", sendVerificationOTP: async ({ email, otp }) => void codes.set(email, otp) }),
    bearer(),
  ],
};
await (await getMigrations(options)).runMigrations();
const answer = toNodeHandler(betterAuth(options));
const server = createServer((request, response) => {
  const url = new URL(request.url, options.baseURL);
  if (url.pathname !== "/dev/code") return answer(request, response);
  const email = url.searchParams.get("email");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ code: codes.get(email) ?? null }));
  codes.delete(email);
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
