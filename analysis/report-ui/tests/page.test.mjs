// The report of two studies in a real browser: what is drawn, what it says, and that it is what the results file says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";

const capmix = process.env.CAPMIX, studies = process.env.STUDIES;
if (!capmix || !studies) throw new Error("CAPMIX (the program) and STUDIES (the folder of studies) must be set; make test does");

let browser, json, decided;
const run = (...args) => execFileSync(capmix, args, { encoding: "utf8", maxBuffer: 1 << 28 });

before(async () => {
  mkdirSync("screenshots", { recursive: true });
  for (const name of ["article", "toy"]) for (const end of ["", "-wal", "-shm"]) rmSync(`${name}.db${end}`, { force: true });  // of another build
  run("compare", `${studies}/bytedance-2026.toml`, "--draws", "12", "--quiet", "--cache", "profiles", "--out", "article.db", "--report", "article.html");
  run("compare", `${studies}/toy/toy.toml`, "--draws", "0", "--quiet", "--cache", "profiles", "--out", "toy.db", "--report", "toy.html");
  run("report", "article.db", "--html", "again.html", "--study", `${studies}/bytedance-2026.toml`, "--quiet", "--cache", "profiles");
  run("report", "article.db", "--html", "alone.html", "--quiet");
  json = JSON.parse(run("report", "article.db", "--json"));
  decided = JSON.parse(run("decide", "article.db", "--json"));
  browser = await launch();
});
after(() => browser?.close());

const SECTIONS = ["answer", "rules", "regret", "cost", "worth", "adds", "tornado", "growth", "ledger", "buildout", "money", "binding", "validation", "sources", "origin"];
const CHARTS = SECTIONS.filter((id) => id !== "origin");
const documentOf = (file) => JSON.parse(/<script type="application\/json" id="document">(.*?)<\/script>/s.exec(readFileSync(file, "utf8"))[1]);

// A page like another with its document changed.
function changed(name, change) {
  const html = readFileSync("article.html", "utf8"), report = documentOf("article.html");
  change(report);
  const text = JSON.stringify(report).replace(/</g, "\\u003c");
  writeFileSync(name, html.replace(/(id="document">).*?(<\/script>)/s, (_, begin, end) => begin + text + end));
  return name;
}

// Cells of a table by its caption's beginning: texts, and values of those that carry one.
const table = (page, section, caption) => page.$$eval(`#${section} table`, (tables, caption) => {
  const found = tables.find((t) => t.caption.textContent.startsWith(caption));
  return [...found.tBodies[0].rows].map((r) => [...r.cells].map((c) => ({ text: c.textContent, value: c.dataset.value === undefined ? undefined : c.dataset.value === "" ? null : Number(c.dataset.value) })));
}, caption);

const drawn = (page, section) => page.$$eval(`#${section} .plot`, (plots) => plots.filter((p) => !p.parentElement.hidden).map((p) => {
  const svg = p.querySelector("svg"), box = svg?.getBoundingClientRect();
  return { shapes: svg ? svg.querySelectorAll("path").length : 0, texts: svg ? svg.querySelectorAll("text").length : 0, width: box?.width ?? 0, height: box?.height ?? 0 };
}));

// Tables are made when they are asked for.
async function unfold(page, ...sections) {
  for (const id of sections) await page.locator(`#${id} summary`).click();
  await page.waitForFunction((ids) => ids.every((id) => document.querySelector(`#${id} table`)), sections);
}

const choose = (page, id, value) => page.selectOption(`#${id}`, value);
const tooltipText = (page, section) => page.$$eval(`#${section} .plot > div`, (divs) => divs.map((d) => (getComputedStyle(d).visibility !== "hidden" && getComputedStyle(d).opacity !== "0" ? d.innerText : "")).join("").trim());

test("the report of compare and that of its results file with the study are the same bytes; without it the sensitivity and the evidence are missing", () => {
  assert.equal(readFileSync("article.html", "utf8"), readFileSync("again.html", "utf8"));
  const { tornado, evidence, ...rest } = documentOf("article.html"), alone = documentOf("alone.html");
  assert.equal(tornado.length, 2);  // of the chosen mix, and of its lead
  assert.equal(evidence.draws, 12);
  assert.deepEqual({ ...alone, evidence: undefined }, { ...rest, evidence: undefined });
});

for (const [name, width, height, dark] of [["wide", 1280, 900, false], ["tablet", 820, 1100, true], ["phone", 360, 740, false], ["phone-dark", 360, 740, true]])
  test(`every chart is drawn, nothing is loaded or complained of, nothing sticks out: ${name}`, async (t) => {
    const { page, wrong, milliseconds } = await open(browser, "article.html", { width, height, dark });
    t.diagnostic(`opened in ${milliseconds} ms`);
    assert.deepEqual(await page.$$eval("main > section", (s) => s.map((x) => x.id)), SECTIONS);
    for (const id of CHARTS) {
      const charts = await drawn(page, id);
      assert.ok(charts.length > 0, id);
      for (const c of charts) assert.ok(c.shapes > 5 && c.texts > 3 && c.width > 300 && c.height > 100, `${id}: ${JSON.stringify(c)}`);
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "scrolls sideways");
    await page.screenshot({ path: `screenshots/${name}.png`, fullPage: true });
    assert.deepEqual(wrong, []);
    await page.close();
  });

test("a study without draws, halls and with one outcome is shown too", async () => {
  const { page, wrong } = await open(browser, "toy.html");
  for (const id of ["answer", "rules", "regret", "cost", "worth", "adds", "growth", "ledger", "money", "binding", "sources"]) assert.ok((await drawn(page, id))[0]?.shapes > 3, id);
  assert.match(await page.textContent("#answer .tiles"), /no interval.*Not drawn/s);
  assert.equal(await page.$("#tornado"), null);
  assert.ok(!/NaN|undefined|Infinity|\[object/.test(await page.innerText("body")));
  await page.screenshot({ path: "screenshots/toy.png", fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
});

test("the table of the answer has the numbers of the results file", async () => {
  const { page } = await open(browser, "article.html");
  await unfold(page, "answer");
  const rows = await table(page, "answer", "Reference tokens"), mixes = json.study.mix;
  assert.equal(rows.length, json.outcomes.length * mixes.length);
  let i = 0;
  for (const o of json.outcomes)
    for (const m of o.mixes) {
      const [outcome, mix, rank, modes, p10, p50, p90, diff, , leads, served, converted] = rows[i++], x = m.metrics["train.reference_tokens"];
      assert.deepEqual([outcome.text, mix.text, rank.value, leads.value], [o.name, m.name, m.rank, m.leads]);
      assert.deepEqual([modes.value, p10.value, p50.value, p90.value], [x.modes, x.p10, x.p50, x.p90]);
      if (m.mix !== mixes[0].id) assert.equal(diff.value, x.diff);
      assert.deepEqual([served.value, converted.value], [m.metrics["rec.served"].modes, m.metrics["money.converted_share"].modes]);
    }
  await page.close();
});

test("for every outcome and mix, all metrics, the ledger and the months are those of the results file", async () => {
  const { page } = await open(browser, "article.html");
  await unfold(page, "origin", "ledger", "growth", "binding");
  const start = new Date(json.study.start), end = Date.parse(json.study.end);
  for (const o of json.outcomes) {
    await choose(page, "outcome", o.outcome);
    for (const m of o.mixes) {
      await choose(page, "mix", m.mix);
      for (const [id, , ...cells] of await table(page, "origin", "All metrics")) {
        const x = m.metrics[id.text];
        assert.deepEqual(cells.map((c) => c.value), [x.modes, x.p10, x.p50, x.p90, x.mean, x.diff, x.diff_low, x.diff_high], `${m.mix} ${o.outcome} ${id.text}`);
      }
      const hours = await table(page, "ledger", "Chip-hours by owner");
      assert.deepEqual(hours.map((r) => r[1].value), Object.keys(m.ledger_chip_seconds).map((owner) => m.ledger_chip_seconds[owner] / 3600));
      // A month's tokens a day times its days, summed: the tokens of the horizon.
      const months = await table(page, "growth", m.name + ",");
      const total = months.reduce((a, r, i) => {
        const month = (n) => Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + n, 1), from = month(i), to = Math.min(end, month(i + 1));
        return a + (r[1].value * (to - from)) / 86400e3;
      }, 0);
      const tokens = m.metrics["train.reference_tokens"].modes;
      assert.ok(Math.abs(total - tokens) <= 1e-9 * tokens, `${total} ${tokens}`);
      const bottleneck = await table(page, "binding", "Binding constraint");
      const column = 1 + o.mixes.indexOf(m);
      assert.deepEqual(bottleneck.map((r) => r[column].text.split(", ")[0]), m.binding.map((b) => b.constraint));
    }
  }
  await page.close();
});

test("money: what flows into a node flows out of it, and it is the money of the results file", async () => {
  const { page } = await open(browser, "article.html");
  await unfold(page, "money");
  for (const o of json.outcomes)
    for (const m of o.mixes) {
      await choose(page, "outcome", o.outcome);
      await choose(page, "mix", m.mix);
      const links = await table(page, "money", "Streams of money"), sum = (list) => list.reduce((a, r) => a + r[2].value, 0), near = (a, b, what) => assert.ok(Math.abs(a - b) <= 1e-6 * 22.5e9, `${m.mix} ${o.outcome} ${what}: ${a} ${b}`);
      near(sum(links.filter((r) => r[0].text === "Money of the mix")), m.metrics["money.planned"].modes, "planned");
      near(sum(links.filter((r) => / online$/.test(r[1].text))), m.metrics["money.converted"].modes, "converted");
      near(sum(links.filter((r) => r[1].text === "Stranded")), m.metrics["money.stranded"].modes, "stranded");
      const inner = [...new Set(links.map((r) => r[1].text))].filter((n) => links.some((r) => r[0].text === n));
      for (const n of inner) near(sum(links.filter((r) => r[1].text === n)), sum(links.filter((r) => r[0].text === n)), n);
    }
  await page.close();
});

const values = (cells) => cells.map((c) => c.value);

test("the decision is that of capmix decide: choices, regret, cost, worth of knowing, what is added", async () => {
  const { page } = await open(browser, "article.html");
  await unfold(page, "rules", "regret", "cost", "worth", "adds");
  assert.deepEqual(documentOf("article.html").decision, decided);
  const rules = await table(page, "rules", "Choices"), cost = await table(page, "cost", "Cost by mix");
  decided.mixes.forEach((m, i) => {
    assert.equal(rules[i][0].text.replace(/ \*$/, ""), m.name);
    assert.deepEqual(values(rules[i].slice(1, 6)), [m.expected, m.cvar, m.expected_regret, m.worst_regret, m.serves]);
    assert.equal(rules[i][9].text, m.may_be_chosen ? "yes" : "no");
    const c = m.cost;
    assert.deepEqual(values(cost[i].slice(1, 9)), [c.chips, c.lost, c.energy, c.porting, c.residual, c.present, c.usd_per_ttoken, c.chips_usd_per_ttoken]);
  });
  const regret = await table(page, "regret", "Regret");
  decided.outcomes.forEach((o, x) => decided.mixes.forEach((m, y) => {
    const row = regret[x * decided.mixes.length + y];
    assert.deepEqual([row[1].value, row[3].value, row[4].value], [o.weight, m.gain[x], m.regret[x]]);
  }));
  const worth = await table(page, "worth", "Value of knowing"), k = decided.value_of_knowing;
  assert.deepEqual(worth.map((r) => r[1].value), [k.outcome, k.world, ...k.parts.map((p) => p.perfect)]);
  assert.deepEqual(worth.slice(2).map((r) => values(r.slice(2))), k.parts.map((p) => [p.signal_90, p.signal_80]));
  const adds = await table(page, "adds", "What is added"), pairs = [...decided.suppliers, ...decided.pairs];
  assert.deepEqual(adds.map((r) => values(r.slice(3, 10))), pairs.map((x) => [x.expected, x.low, x.high, x.cvar, x.expected_regret, x.worst_regret, x.present_cost]));
  const hours = await table(page, "adds", "The same of the chip-hours");
  assert.deepEqual(hours.map((r) => values(r.slice(3))), pairs.map((x) => Object.values(x.ledger_chip_hours)));
  await page.close();
});

test("the answer says the choice, its lead with the interval, and never that it leads where the interval holds 0", async () => {
  const name = (id) => decided.mixes.find((m) => m.mix === id).name;
  const { page } = await open(browser, "article.html");
  const tiles = await page.innerText("#answer .tiles"), words = await page.innerText("#answer .answer");
  for (const id of Object.values(decided.choices)) assert.ok(tiles.includes(`“${name(id)}”`), id);
  assert.ok(words.includes(`“${name(decided.choices.expected)}”`));
  assert.ok(tiles.includes(`${Math.round(100 * decided.mixes.find((m) => m.mix === decided.choices.expected).leads)} %`));
  for (const line of decided.headline) assert.ok(words.replace(/\u00a0/g, " ").includes(line.replace(/`([^`]*)`/g, "“$1”").replace(/\b(\d{4})-(\d\d)-(\d\d)\b.*/, "")), line);
  await page.close();
  const level = await open(browser, changed("level.html", (r) => Object.assign(r.decision.behind[0], { mean: -1e12, low: -3e12, high: 1e12, level: true })));
  assert.match(await level.page.innerText("#answer .tiles"), /Lead over the next\s+Level/);
  await level.page.close();
});

test("a report without a decision says why, and shows what each outcome says", async () => {
  const { page, wrong } = await open(browser, changed("undecided.html", (r) => { r.decision = null, r.undecided = "a sweep's points are no outcomes to weigh"; }));
  assert.match(await page.innerText("#answer .scope"), /No decision: a sweep's points/);
  assert.match(await page.innerText("#answer .tiles"), /Leads at modes/);
  for (const id of ["rules", "regret", "cost", "worth", "adds"]) assert.equal(await page.$(`#${id}`), null);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("the parts of the money sentence add up to its total", async () => {
  const { page } = await open(browser, "article.html");
  for (const m of json.study.mix) {
    await choose(page, "mix", m.id);
    const [total, ...parts] = [...(await page.innerText("#money .answer p")).replace(/ On the way.*/s, "").replace(/\([^)]*earned[^)]*\)/, "").matchAll(/USD\s([\d.,]+)/g)].map((x) => Math.round(100 * Number(x[1].replace(",", ""))));
    assert.ok(parts.length > 1);
    assert.equal(parts.reduce((a, b) => a + b, 0), total, m.id);
  }
  await page.close();
});

test("errors stand by class: fitted, never seen and suspect apart; the worst by name", async () => {
  const v = documentOf("article.html").validation, { page } = await open(browser, "article.html");
  await unfold(page, "validation");
  const rows = await table(page, "validation", "Errors by class");
  assert.ok(v.classes.length > 10 && v.suspect > 0);
  v.classes.forEach((c, i) => assert.deepEqual(values(rows[i].slice(1)), [...["fitted", "predicted"].flatMap((k) => [c[k].n, c[k].median, c[k].p90, c[k].in_range]), c.suspect.n, c.suspect.median], c.name));
  assert.equal((await table(page, "validation", "The 20 measurements"))[0][5].value, v.worst[0].ratio);
  await page.close();
});

test("a choice of outcome and mix changes words, charts and tables", async () => {
  const { page, wrong } = await open(browser, "article.html");
  const words = async () => ({ answer: await page.innerText("#answer .answer"), ledger: await page.innerText("#ledger .answer"), chart: await page.$eval("#ledger svg", (s) => s.outerHTML) });
  const first = await words();
  await choose(page, "outcome", "full");
  await choose(page, "mix", "all-h200");
  const second = await words();
  for (const part of Object.keys(first)) assert.notEqual(first[part], second[part], part);
  assert.match(await page.innerText("#ledger .scope"), /all H200.*full/);
  await choose(page, "hall", "datong/d01");
  assert.ok((await drawn(page, "buildout"))[0].texts > 8);
  for (const measure of ["served", "online"]) {
    await choose(page, "measure", measure);
    assert.ok((await drawn(page, "growth"))[0].shapes > 10);
  }
  await unfold(page, "sources");
  await page.fill("#find", "h200-sxm");
  await page.selectOption("#confidence", "verified");
  await page.waitForTimeout(300);
  const inputs = await table(page, "sources", "");
  assert.ok(inputs.length > 0 && inputs.every((r) => r[2].text === "verified"));
  assert.deepEqual(wrong, []);
  await page.close();
});

test("tooltips answer to the mouse, values to the arrow keys, and the legend hides a line", async () => {
  const { page, wrong } = await open(browser, "article.html");
  await page.addStyleTag({ content: ".bar { position: static !important; }" });
  for (const id of CHARTS) {
    const plot = page.locator(`#${id} .plot`).first();
    await plot.scrollIntoViewIfNeeded();
    await plot.focus();
    const said = [];
    for (const key of ["ArrowRight", "ArrowRight", "End", "Home"]) {
      await page.keyboard.press(key);
      said.push(await page.textContent(`#${id} [aria-live]`));
    }
    assert.ok(said.every((s) => s.length > 8) && said[0] !== said[2] && said[0] === said[3], `${id}: ${said.join(" | ")}`);
    assert.ok((await tooltipText(page, id)).length > 8, `${id}: no tooltip by key`);
    await page.keyboard.press("Escape");
  }
  const plot = page.locator("#growth .plot");
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.6);
  await page.waitForTimeout(200);
  assert.match(await tooltipText(page, "growth"), /20\d\d, T tokens a day/);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(200);
  const lines = () => page.$$eval("#growth svg path", (paths) => paths.length);
  const all = await lines();
  // By the mouse and by the keyboard: each press hides a mix, and shows it again. The button stays where it is.
  const entry = page.locator("#growth .legend button", { hasText: "all H200" });
  assert.equal(await entry.getAttribute("aria-pressed"), "true");
  await entry.click();
  assert.ok((await lines()) < all, "the legend hides nothing");
  assert.equal(await entry.getAttribute("aria-pressed"), "false");
  await page.keyboard.press("Space");
  assert.equal(await entry.getAttribute("aria-pressed"), "true");
  assert.equal(await lines(), all);
  await page.keyboard.press("Enter");
  assert.equal(await entry.evaluate((e) => e === document.activeElement), true);
  assert.ok((await lines()) < all);
  await choose(page, "outcome", "full");  // what is hidden stays so
  assert.equal(await page.locator("#growth .legend button", { hasText: "all H200" }).getAttribute("aria-pressed"), "false");
  // In every chart that has one.
  for (const id of ["rules", "worth", "tornado", "validation", "sources"]) {
    const shapes = async () => (await drawn(page, id)).reduce((a, c) => a + c.shapes, 0), before = await shapes(), first = page.locator(`#${id} .legend button`).first();
    await first.click();
    assert.ok((await shapes()) < before, `${id}: the legend hides nothing`);
    await first.click();
    assert.equal(await shapes(), before, id);
  }
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a screen reader finds its way", async () => {
  const { page } = await open(browser, "article.html");
  await unfold(page, ...SECTIONS);
  const faults = await page.evaluate(() => {
    const out = [];
    if (document.documentElement.lang !== "en") out.push("no language");
    if (document.querySelectorAll("h1").length !== 1 || !document.title) out.push("no one title");
    for (const s of document.querySelectorAll("main > section")) {
      if (!document.getElementById(s.getAttribute("aria-labelledby"))?.textContent.endsWith("?")) out.push(`${s.id}: no question`);
      if (s.querySelector(".answer").textContent.trim().length < 20) out.push(`${s.id}: no answer`);
      if (!s.querySelector("details table caption")) out.push(`${s.id}: no table`);
    }
    for (const b of document.querySelectorAll(".legend button")) if (!["true", "false"].includes(b.getAttribute("aria-pressed")) || b.textContent.trim() === "") out.push("a legend's button without a state or a name");
    for (const p of document.querySelectorAll(".plot")) if (p.getAttribute("role") !== "img" || (p.getAttribute("aria-label") ?? "").length < 40 || p.tabIndex !== 0) if (!p.parentElement.hidden) out.push("a chart without a name");
    for (const t of document.querySelectorAll("table")) if (!t.caption || !t.tHead || [...t.tHead.rows[0].cells].some((c) => c.scope !== "col") || [...t.tBodies[0].rows].some((r) => r.cells[0].scope !== "row")) out.push(`table ${t.caption?.textContent}`);
    for (const c of document.querySelectorAll("select, input")) if (!c.labels?.length) out.push(`${c.id}: no label`);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    if (new Set(ids).size !== ids.length) out.push("an id twice");
    return out;
  });
  assert.deepEqual(faults, []);
  await page.close();
});

test("whoever goes by keys alone gets to every control, and sees where they are", async () => {
  const { page } = await open(browser, "article.html");
  const reached = new Set();
  for (let i = 0; i < 200; ++i) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => ({ what: document.activeElement.id || document.activeElement.className || document.activeElement.tagName, outline: getComputedStyle(document.activeElement).outlineStyle }));
    if (at.what === "BODY") break;  // once round
    assert.notEqual(at.outline, "none", at.what);
    reached.add(at.what);
  }
  for (const what of ["skip", "outcome", "mix", "measure", "hall", "find", "plot", "BUTTON"]) assert.ok(reached.has(what), what);
  await page.close();
});

test("on paper: light, tables open, no controls, charts inside the sheet", async () => {
  const { page, wrong } = await open(browser, "article.html", { dark: true });
  await page.emulateMedia({ media: "print" });
  await page.waitForTimeout(200);
  const state = await page.evaluate(() => ({ open: [...document.querySelectorAll("details")].every((d) => d.open), bar: getComputedStyle(document.querySelector(".bar")).display, shown: document.querySelector(".printed").textContent,
    widths: [...document.querySelectorAll(".plot svg")].map((s) => s.getBoundingClientRect().width), fills: [...document.querySelectorAll("#ledger svg text")].map((t) => t.getAttribute("fill")) }));
  assert.equal(state.open, true);
  assert.equal(state.bar, "none");
  const heaviest = [...decided.outcomes].sort((a, b) => b.weight - a.weight)[0].outcome;
  assert.ok(state.shown.includes(`outcome “${json.outcomes.find((o) => o.outcome === heaviest).name}”`), state.shown);
  assert.ok(state.widths.length > 8 && state.widths.every((w) => w <= 690), String(state.widths));
  assert.ok(state.fills.includes("#1b1f24"), "text is not dark on paper");
  const pdf = await page.pdf({ path: "screenshots/paper.pdf", format: "A4", preferCSSPageSize: true });
  assert.ok(pdf.length > 50000);
  await page.emulateMedia({ media: "screen" });
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("details")].some((d) => d.open)), false);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("what a file says is text and never markup", async () => {
  const evil = '</script><img src=x onerror="document.title=1"><b id="bad">';
  const file = changed("evil.html", (r) => {
    r.study.name = r.study.question = evil;
    for (const m of r.mixes) m.name += evil;
    for (const i of r.inputs) i.source = evil;
    for (const w of r.worlds) for (const b of w.binding) b.constraint += evil;
  });
  const { page, wrong } = await open(browser, file);
  for (const id of CHARTS) {
    await page.locator(`#${id} .plot`).first().focus();
    await page.keyboard.press("ArrowRight");
  }
  assert.equal(await page.$("#bad"), null);
  assert.equal(await page.$("img"), null);
  assert.ok((await page.innerText("h1")).includes("</script>"));
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a sensitivity is drawn where the document has one", async () => {
  const file = changed("tornado.html", (r) => {
    r.tornado = [{ outcome: "drawn", output: "work of `as in the article`", unit: "tokens", base: 3.4e15, bars: [
      { input: "offers/h200: price", confidence: "press", low_value: "USD 20k", high_value: "USD 30k", low: 3.8e15, high: 3.0e15 },
      { input: "chips/950pr: memory.bandwidth", confidence: "assumption", low_value: "1.4 TB/s", high_value: "1.8 TB/s", low: 3.2e15, high: 3.5e15 }] }];
  });
  const { page, wrong } = await open(browser, file);
  await unfold(page, "tornado");
  assert.ok((await drawn(page, "tornado"))[0].shapes > 5);
  assert.match(await page.innerText("#tornado .answer"), /offers\/h200: price.*3800.*3000.*T\s+tokens/);
  assert.equal((await table(page, "tornado", "Work of “as in the article” by input"))[1][4].value, 3.2e15);
  await page.locator("#tornado").screenshot({ path: "screenshots/tornado.png" });
  assert.deepEqual(wrong, []);
  await page.close();
});
