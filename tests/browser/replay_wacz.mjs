// Opens a WACZ in ReplayWeb.page in a headless Chromium, and waits for what each page is to show.
//
//     node replay_wacz.mjs WACZ EXPECTED.json FOLDER
//
// EXPECTED.json is a list of {"url": …, "ts": "20250324083000", "shows": "words of the page"}. FOLDER is an empty one, for
// the browser's own files and for a screenshot of each page. Prints one line of JSON for each page, and exits 1 when one
// of them does not show its words in time.

import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

// For one page. The browser is on the same machine as the file.
const PATIENCE_MS = 15_000;
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const [wacz, expectedFile, folder] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedFile, "utf8"));
const player = fileURLToPath(new URL("../node_modules/replaywebpage", import.meta.url));
const files = {
  "/": [join(player, "index.html"), "text/html"],
  "/ui.js": [join(player, "ui.js"), "text/javascript"],
  "/sw.js": [join(player, "sw.js"), "text/javascript"],
  "/export.wacz": [wacz, "application/wacz"],
};

// The bytes that a Range header asks for. A suffix that is longer than the file is the whole file (RFC 9110, 14.1.2).
function range(header, size) {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!found || (!found[1] && !found[2])) return null;
  const [first, last] = found.slice(1).map((digits) => (digits ? Number(digits) : null));
  if (first === null) return [Math.max(0, size - last), size - 1];
  return [first, Math.min(last ?? size - 1, size - 1)];
}

function serve(request, response) {
  const found = files[new URL(request.url, "http://localhost").pathname];
  if (!found) return response.writeHead(404).end();
  const [path, type] = found;
  const size = statSync(path).size;
  const headers = { "Content-Type": type, "Accept-Ranges": "bytes", "Cache-Control": "no-store" };
  const part = range(request.headers.range, size);
  if (part && part[0] > part[1]) {
    return response.writeHead(416, { ...headers, "Content-Range": `bytes */${size}` }).end();
  }
  const [start, end] = part ?? [0, size - 1];
  if (part) headers["Content-Range"] = `bytes ${start}-${end}/${size}`;
  response.writeHead(part ? 206 : 200, { ...headers, "Content-Length": end - start + 1 });
  if (request.method === "HEAD") return response.end();
  return createReadStream(path, { start, end }).pipe(response);
}

// What the archived page shows: it is in a frame whose address names the time and the page.
async function shown(page, { url, ts }) {
  const frame = page.frames().find((one) => one.url().includes(`/${ts}mp_/${url}`));
  return frame ? await frame.evaluate(() => document.body?.innerText ?? "").catch(() => "") : "";
}

async function look(page, origin, wanted, number) {
  const hash = new URLSearchParams({ view: "pages", url: wanted.url, ts: wanted.ts });
  await page.goto("about:blank");
  await page.goto(`${origin}/?source=${origin}/export.wacz#${hash}`);
  const deadline = Date.now() + PATIENCE_MS;
  let text = "";
  while (!text.includes(wanted.shows) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    text = await shown(page, wanted);
  }
  await page.screenshot({ path: join(folder, `page-${number}.png`) });
  const isShown = text.includes(wanted.shows);
  console.log(JSON.stringify({ ...wanted, isShown, text: text.slice(0, 300) }));
  if (!isShown) console.error(page.frames().map((frame) => frame.url()).join("\n"));
  return isShown;
}

const server = createServer(serve);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
// A service worker needs a secure origin: localhost is one.
const origin = `http://localhost:${server.address().port}`;
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS,
  userDataDir: join(folder, "browser"),
});
let good = true;
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1200, height: 800 });
  page.on("console", (message) => console.error(`console: ${message.text()}`));
  for (const [number, wanted] of expected.entries()) {
    good = (await look(page, origin, wanted, number)) && good;
  }
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
process.exitCode = good ? 0 : 1;
