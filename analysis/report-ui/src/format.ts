// Numbers for people: a scale that values of one chart or column share, and always a unit.
import type { Num } from "./document";

export interface Scale { factor: number; prefix: string; decimals: number }

const PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const LONGEST = 9999.5;  // more than four digits take a prefix

function decimalsFor(scaled: number): number {
  return scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
}

export function greatest(values: Iterable<Num | undefined>): number {
  let most = 0;
  for (const x of values) if (x != null && Number.isFinite(x)) most = Math.max(most, Math.abs(x));
  return most;
}

export function scaleFor(most: number): Scale {
  let power = 0, scaled = Math.abs(most);
  if (scaled < LONGEST) return { factor: 1, prefix: "", decimals: Number.isInteger(scaled) ? 0 : decimalsFor(scaled) };
  while (scaled >= LONGEST && power < PREFIXES.length - 1) scaled /= 1000, ++power;
  return { factor: 1000 ** power, prefix: PREFIXES[power]!, decimals: scaled >= 999.5 ? 0 : scaled >= 99.95 ? 1 : 2 };
}

// Training tokens: T (10^12) from there on, as campaigns are quoted.
export function tokenScale(most: number): Scale {
  return most >= 1e12 ? { factor: 1e12, prefix: "T", decimals: decimalsFor(most / 1e12) } : scaleFor(most);
}

export function moneyScale(most: number): Scale {
  if (most >= 0.9995e9) return { factor: 1e9, prefix: "bn", decimals: 2 };
  if (most >= 0.9995e6) return { factor: 1e6, prefix: "m", decimals: decimalsFor(most / 1e6) };
  if (most >= LONGEST) return { factor: 1e3, prefix: "k", decimals: 1 };
  return { factor: 1, prefix: "", decimals: 0 };
}

export function number(x: Num | undefined, scale: Scale): string {
  if (x == null || Number.isNaN(x)) return "–";
  const text = (x / scale.factor).toFixed(scale.decimals);
  const plain = /^-[0.]*$/.test(text) ? text.slice(1) : text;  // no minus before zero
  const [whole, part] = plain.split(".");
  const grouped = whole!.length > 4 ? whole!.replace(/(\d)(?=(\d{3})+$)/g, "$1,") : whole!;
  return grouped.replace("-", "−") + (part ? "." + part : "");
}

// Rounded so that the parts add up to the rounded whole: those with the largest remainders are rounded up (Hamilton's method).
export function adding(parts: number[], whole: number, scale: Scale): string[] {
  const step = scale.factor / 10 ** scale.decimals, floors = parts.map((x) => Math.floor(x / step)), missing = Math.round(whole / step) - floors.reduce((a, b) => a + b, 0);
  const order = parts.map((x, i) => ({ i, rest: x / step - floors[i]! })).sort((a, b) => b.rest - a.rest).slice(0, Math.max(0, missing));
  for (const { i } of order) ++floors[i]!;
  return floors.map((n) => number(n * step, scale));
}

export function fixed(x: Num | undefined, decimals: number): string {
  return number(x, { factor: 1, prefix: "", decimals });
}

export function signed(x: Num | undefined, scale: Scale): string {
  const text = number(x, scale);
  return x != null && x > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

export function unit(scale: Scale, of: string): string {
  return scale.prefix ? `${scale.prefix} ${of}` : of;
}

export function usdUnit(scale: Scale): string {
  return scale.prefix ? `USD ${scale.prefix}` : "USD";
}

// One number by itself: "3,477 T tokens", "USD 5.60 bn", "52.1 %".
export function quantity(x: Num | undefined, of: string): string {
  if (x == null) return "–";
  if (of === "USD") {
    const s = moneyScale(Math.abs(x));
    return `USD ${number(x, s)}${s.prefix ? " " + s.prefix : ""}`;
  }
  const s = of.includes("tokens") && !of.includes("per") ? tokenScale(Math.abs(x)) : scaleFor(Math.abs(x));
  return `${number(x, s)} ${unit(s, of)}`;
}

export function percent(share: Num | undefined, decimals = 0): string {
  return share == null ? "–" : `${fixed(100 * share, decimals)} %`;
}

export function count(n: number, noun: string): string {
  return `${fixed(n, 0)} ${noun}${n === 1 ? "" : "s"}`;
}

// "2026-01-31" as a time without a zone's surprises.
export function day(text: string): number {
  return Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, Number(text.slice(8, 10)));
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// "2026-01" as "Jan 2026".
export function monthName(text: string): string {
  return `${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}`;
}

export function monthOf(time: number): string {
  const d = new Date(time);
  return `${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}

// Dates of a sentence as people say them, and no line break between a number and its unit.
export function prose(line: string): string {
  const space = "\u00a0";
  return line.replace(/\b(\d{4})-(\d\d)-(\d\d)\b/g, (_, y, m, d) => `${Number(d)}${space}${MONTHS[Number(m) - 1]}${space}${y}`)
    .replace(/\bUSD (?=[\d.])/g, `USD${space}`).replace(/(\d) (?=(%|[kMGTPEZY]|bn|m)(\s|[.,;)]|$))/g, `$1${space}`)
    .replace(/\b([PTGMkE]) (?=(reference |)(tokens|chip-hours|chips|requests))/g, `$1${space}`);
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
