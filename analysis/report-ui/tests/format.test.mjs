// Numbers, words and colours of the page, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

async function load(file) {
  const { outputFiles } = await build({ entryPoints: [file], bundle: true, write: false, format: "esm", logLevel: "silent" });
  return import("data:text/javascript;base64," + Buffer.from(outputFiles[0].text).toString("base64"));
}
const format = await load("src/format.ts");
const palette = await load("src/palette.ts");

test("a number shares the scale of the greatest, and has three digits or more", () => {
  assert.deepEqual(format.scaleFor(1234567), { factor: 1e3, prefix: "k", decimals: 0 });  // up to four digits keep their prefix
  assert.deepEqual(format.scaleFor(9999), { factor: 1, prefix: "", decimals: 0 });
  assert.deepEqual(format.scaleFor(12345678), { factor: 1e6, prefix: "M", decimals: 2 });
  assert.equal(format.number(633000, format.scaleFor(1574000)), "633");
  assert.equal(format.number(1050000, { factor: 1, prefix: "", decimals: 0 }), "1,050,000");
  assert.equal(format.number(3477, { factor: 1, prefix: "", decimals: 0 }), "3477");
  assert.equal(format.number(-0.001, { factor: 1, prefix: "", decimals: 1 }), "0.0");
  assert.equal(format.number(-1.25, { factor: 1, prefix: "", decimals: 1 }), "−1.3");
});

test("what is no number is a dash", () => {
  for (const none of [null, undefined, NaN]) assert.equal(format.number(none, format.scaleFor(1)), "–");
  assert.equal(format.percent(null), "–");
  assert.equal(format.quantity(null, "USD"), "–");
});

test("quantities carry their unit", () => {
  assert.equal(format.quantity(3.4769e15, "tokens"), "3477 T tokens");  // campaigns are quoted in T, however many
  assert.equal(format.quantity(22.5e9, "USD"), "USD 22.50 bn");
  assert.equal(format.quantity(966e6, "USD"), "USD 966 m");
  assert.equal(format.quantity(12.5, "months"), "12.5 months");
  assert.equal(format.count(1, "draw"), "1 draw");
  assert.equal(format.count(16, "draw"), "16 draws");
});

test("sentences have dates and no break before a unit", () => {
  assert.equal(format.prose("by 2028-12-31, USD 2.63 bn (38 %)"), "by 31\u00a0Dec\u00a02028, USD\u00a02.63\u00a0bn (38\u00a0%)");
  assert.equal(format.prose("at 3 places"), "at 3 places");
});

test("parts that are shown add up to what is shown of the whole", () => {
  const bn = { factor: 1e9, prefix: "bn", decimals: 2 };
  // 1.004 + 1.004 + 1.002 = 3.01: rounded one by one they would be 3.00; the first of those with the largest remainder is rounded up.
  assert.deepEqual(format.adding([1.004e9, 1.004e9, 1.002e9], 3.01e9, bn), ["1.01", "1.00", "1.00"]);
  assert.deepEqual(format.adding([22.5e9], 22.5e9, bn), ["22.50"]);
});

// Contrast of WCAG 2: 4.5 for text, 3 for what a chart is read by.
function contrast(a, b) {
  const luminance = (text) => {
    const [r, g, bl] = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

test("colours stand out from the background, in the light and in the dark", () => {
  assert.ok(Math.abs(contrast("#000000", "#ffffff") - 21) < 1e-9);
  for (const look of [palette.LIGHT, palette.DARK]) {
    for (const text of [look.text, look.faint]) assert.ok(contrast(text, look.back) >= 4.5, text);
    for (const colour of [...look.series, look.good, look.bad, look.warn, look.neutral, look.strong, look.line]) assert.ok(contrast(colour, look.back) >= 3, `${colour} on ${look.back}`);
    for (const fill of [...look.series, look.strong, look.neutral, palette.between(...look.ramp, 0.5)]) assert.ok(contrast(palette.textOn(fill), fill) >= 4.5, fill);
  }
});

// Colours as people see them who lack one kind of cone (Vienot, Brettel and Mollon 1999, linear RGB).
const BLIND = {
  protan: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
  deutan: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
};
function seen(colour, matrix) {
  const linear = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return matrix.map((row) => Math.max(0, row.reduce((a, w, i) => a + w * linear[i], 0)) ** (1 / 2.2) * 255);
}

test("colours of mixes are told apart without red or green cones", () => {
  for (const look of [palette.LIGHT, palette.DARK])
    for (const matrix of Object.values(BLIND)) {
      const colours = look.series.map((c) => seen(c, matrix));
      for (let i = 0; i < colours.length; ++i)
        for (let j = 0; j < i; ++j) {
          const distance = Math.hypot(...colours[i].map((c, k) => c - colours[j][k]));
          assert.ok(distance > 50, `${look.series[i]} and ${look.series[j]}: ${distance.toFixed(0)}`);
        }
    }
});

test("every mix has its own dash or mark", () => {
  const marks = new Set(palette.MARKS);
  assert.equal(marks.size, 8);
  assert.equal(palette.DASHES.length, palette.MARKS.length);
});
