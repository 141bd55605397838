// Bundles src/ into one page, page.html, with a place for the document: no other file, nothing from a network.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";

const PLACE = "@@CAPMIX_DOCUMENT@@";
const common = { bundle: true, minify: true, write: false, target: "es2020", legalComments: "none", logLevel: "warning" };
const script = (await build({ ...common, entryPoints: ["src/main.ts"], format: "iife" })).outputFiles[0].text;
const style = (await build({ ...common, entryPoints: ["src/style.css"] })).outputFiles[0].text;

// A text in the script that reads like the end of its element would end it.
const safe = script.replace(/<\/(script)/gi, "<\\/$1");
if (safe.includes(PLACE)) throw new Error("the script names the place of the document");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const parts = { STYLE: style, SCRIPT: safe, SCRIPT_HASH: hash(safe) };
const page = readFileSync("src/page.html", "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => {
  if (!(name in parts)) throw new Error(`page.html asks for ${name}`);
  return parts[name];
});
if (page.split(PLACE).length !== 2) throw new Error("page.html must have one place for the document");
writeFileSync("page.html.part", page);
renameSync("page.html.part", "page.html");
console.log(`page.html: ${Math.round(page.length / 1000)} kB`);
