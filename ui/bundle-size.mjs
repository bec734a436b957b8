// How much of the page has to be loaded, compressed; fails where it is more than the window is to wait for.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = 120_000;

const files = ["index.html", ...readdirSync("dist/assets").map((name) => `assets/${name}`)];
let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  bytes compressed, of ${MOST} at most`);
if (total > MOST) process.exitCode = 1;
