// Runs Mozilla's Readability over a list of pages, as the example extract_corpus runs ours.
//
// usage: node run.mjs LIST.tsv OUT.json
//
// Each page is read before the clock runs; decoding its bytes and building its tree belong to the work, as with ours.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";

const BLOCK_ENDS = /<\/(?:p|div|li|h[1-6]|tr|td|th|blockquote|pre|section|article|figcaption|dt|dd)>|<br\s*\/?>/gi;

function page(body) {
  return `<!doctype html><html><body>${body}</body></html>`;
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const declared = /charset=["']?([\w-]+)/i.exec(bytes.subarray(0, 4096).toString("latin1"));
    try {
      return new TextDecoder(declared ? declared[1] : "windows-1252").decode(bytes);
    } catch {
      return bytes.toString("latin1");
    }
  }
}

function record(bytes, url) {
  const { document } = parseHTML(decoded(bytes));
  const found = new Readability(document).parse();
  if (!found) return { articleBody: "" };
  // Its own textContent runs the last word of a block into the first of the next.
  const { document: content } = parseHTML(page((found.content ?? "").replace(BLOCK_ENDS, "\n$&")));
  return {
    articleBody: content.body.textContent,
    title: found.title,
    author: found.byline,
    date: found.publishedTime?.slice(0, 10) ?? null,
  };
}

function peakKb() {
  const line = /^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"));
  return line ? Number(line[1]) : 0;
}

const [list, out] = process.argv.slice(2);
const output = openSync(out, "w");
writeSync(output, '{"version":"Readability 0.6.0 with linkedom 0.18.15","output":{');
let spent = 0;
let separator = "";
for (const line of readFileSync(list, "utf8").split("\n").filter(Boolean)) {
  const [name, path, url] = line.split("\t");
  const bytes = readFileSync(resolve(dirname(list), path));
  const before = process.cpuUsage();
  let found = { articleBody: "" };
  try {
    found = record(bytes, url);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
  }
  const { user, system } = process.cpuUsage(before);
  spent += (user + system) / 1e6;
  writeSync(output, `${separator}${JSON.stringify(name)}:${JSON.stringify(found)}`);
  separator = ",";
}
writeSync(output, `},"cpu_seconds":${spent},"peak_kb":${peakKb()}}`);
closeSync(output);
