// oidc-provider with rotating refresh tokens over SQLite, WAL and synchronous=FULL. Each refresh marks the old token as used, keeps the
// new one and signs an ID token (EdDSA). GET /dev/grant gives a first refresh token, as a sign-in would.  PORT, FILE
import { generateKeyPairSync } from "node:crypto";
import Database from "better-sqlite3";
import Provider from "oidc-provider";

const seconds = () => Math.floor(Date.now() / 1000);
const database = new Database(process.env.FILE);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(`CREATE TABLE records (key TEXT PRIMARY KEY, family TEXT, body TEXT NOT NULL, used INTEGER, ends INTEGER) WITHOUT ROWID;
  CREATE INDEX families ON records (family)`);
const keep = database.prepare(`INSERT INTO records (key, family, body, ends) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET body = excluded.body, ends = excluded.ends`);
const read = database.prepare("SELECT body, used FROM records WHERE key = ? AND (ends IS NULL OR ends > ?)");
const use = database.prepare("UPDATE records SET used = ? WHERE key = ?");
const remove = database.prepare("DELETE FROM records WHERE key = ?");
const end = database.prepare("DELETE FROM records WHERE family = ?");

class Adapter {
  constructor(kind) {
    this.key = (id) => `${kind}:${id}`;
  }
  async upsert(id, body, life) {
    keep.run(this.key(id), body.grantId ?? null, JSON.stringify(body), life ? seconds() + life : null);
  }
  async find(id) {
    const row = read.get(this.key(id), seconds());
    return row && { ...JSON.parse(row.body), ...(row.used && { consumed: row.used }) };
  }
  async consume(id) {
    use.run(seconds(), this.key(id));
  }
  async destroy(id) {
    remove.run(this.key(id));
  }
  async revokeByGrantId(family) {
    end.run(family);
  }
  async findByUid() {}
  async findByUserCode() {}
}

const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const provider = new Provider(`http://127.0.0.1:${process.env.PORT}`, {
  adapter: Adapter,
  jwks: { keys: [{ ...key, alg: "EdDSA", use: "sig", kid: "one" }] },
  enabledJWA: { idTokenSigningAlgValues: ["EdDSA"] },
  rotateRefreshToken: true,
  ttl: { AccessToken: 900, IdToken: 900, RefreshToken: 86_400, Grant: 86_400 },
  findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  clients: [
    {
      client_id: "cli",
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: ["http://127.0.0.1/back"],
      id_token_signed_response_alg: "EdDSA",
    },
  ],
});
let people = 0;
provider.use(async (context, next) => {
  if (context.path !== "/dev/grant") return next();
  const client = await provider.Client.find("cli");
  const [accountId, scope] = [`person-${(people += 1)}`, "openid offline_access"];
  const grant = new provider.Grant({ accountId, clientId: "cli" });
  grant.addOIDCScope(scope);
  const about = { accountId, client, scope, grantId: await grant.save(), gty: "authorization_code", authTime: seconds(), claims: {} };
  context.body = { refresh_token: await new provider.RefreshToken(about).save() };
});
provider.on("server_error", (_, error) => console.error(error));
const server = provider.listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
