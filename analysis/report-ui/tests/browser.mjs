// A page in a real browser without a screen, which notes what it must not do.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

function program() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const dir of (process.env.PATH ?? "").split(delimiter))
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(dir, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch { /* not here */ }
    }
  throw new Error("no chromium in PATH (Debian: apt-get install chromium; or set CHROMIUM to its path)");
}

export async function launch() {
  // As root, and in a container, chromium has no sandbox and little shared memory.
  return chromium.launch({ executablePath: program(), headless: true, chromiumSandbox: false, args: ["--disable-dev-shm-usage"] });
}

export async function open(browser, file, { width = 1280, height = 900, dark = false } = {}) {
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? "dark" : "light" });
  const wrong = [];
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) wrong.push(`${m.type()}: ${m.text()}`); });
  page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
  const url = pathToFileURL(file).href;
  page.on("request", (r) => { if (r.url() !== url && !r.url().startsWith("data:")) wrong.push(`request: ${r.url()}`); });
  const begin = Date.now();
  await page.goto(url);
  return { page, wrong, milliseconds: Date.now() - begin };
}
