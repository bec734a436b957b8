// A real RxDB server with the collections of a file. Keeps its documents in memory, and in a file while it is stopped.
//
// node rxdb_server.mjs --collections FILE --port N --token TOKEN --dump FILE [--version N]

import { createRequire } from "node:module";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { values: options } = parseArgs({
  options: {
    modules: { type: "string" },
    collections: { type: "string" },
    port: { type: "string", default: "0" },
    token: { type: "string" },
    dump: { type: "string" },
    version: { type: "string", default: "0" },
  },
});

// The packages lie in the target folder and this file in the source: they are looked for there.
const require = createRequire(join(options.modules, "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { createRxDatabase, addRxPlugin } = await load("rxdb/plugins/core");
const { getRxStorageMemory } = await load("rxdb/plugins/storage-memory");
const { RxDBMigrationPlugin } = await load("rxdb/plugins/migration-schema");
const { createRxServer } = await load("rxdb-server/plugins/server");
const { RxServerAdapterExpress } = await load("rxdb-server/plugins/adapter-express");
addRxPlugin(RxDBMigrationPlugin);

const version = Number(options.version);
const database = await createRxDatabase({ name: "auth", storage: getRxStorageMemory() });
const collections = {};
for (const [name, schema] of Object.entries(JSON.parse(readFileSync(options.collections)))) {
  const migrationStrategies = Object.fromEntries(Array.from({ length: version }, (_, at) => [at + 1, (document) => document]));
  collections[name] = { schema: { ...schema, version }, migrationStrategies };
}
await database.addCollections(collections);

if (existsSync(options.dump)) {
  for (const [name, documents] of Object.entries(JSON.parse(readFileSync(options.dump)))) {
    await database[name].bulkInsert(documents);
  }
}

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

const port = Number(options.port) || (await freePort());
const server = await createRxServer({
  database,
  adapter: RxServerAdapterExpress,
  hostname: "127.0.0.1",
  port,
  authHandler: (headers) => {
    if (headers.authorization !== `Bearer ${options.token}`) throw new Error("who are you?");
    return { data: {}, validUntil: Date.now() + 1e9 };
  },
});
for (const name of Object.keys(collections)) {
  server.addRestEndpoint({ name, collection: database[name] });
  server.addReplicationEndpoint({ name, collection: database[name] });
}
await server.start();
console.log(`listening on ${port}`);

process.on("SIGTERM", async () => {
  const documents = {};
  for (const name of Object.keys(collections)) {
    documents[name] = (await database[name].find().exec()).map((document) => document.toJSON());
  }
  writeFileSync(options.dump, JSON.stringify(documents));
  process.exit(0);
});
