// Fetch what the pages load from npm at the pinned versions (npm checks the lock's hashes) and copy it
// to panel/static/vendor, with the sums that a test compares.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { stdio: "inherit" });

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
const files = [
  ["node_modules/htmx.org/dist/htmx.min.js", `panel/static/vendor/htmx-${version("htmx.org")}.min.js`],
  ["node_modules/axe-core/axe.min.js", `tests/browser/vendor/axe-${version("axe-core")}.min.js`],
];
const sums = files.map(([from, to]) => {
  mkdirSync(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  copyFileSync(from, to);
  return `${createHash("sha256").update(readFileSync(to)).digest("hex")}  ${to}`;
});
writeFileSync("panel/static/vendor/SHA256SUMS", sums.join("\n") + "\n");
