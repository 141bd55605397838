// Elements and tables. Text is always set as text: what a file says is never read as markup.
import type { Num } from "./document";

type Child = Node | string | null;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string | boolean> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, x] of Object.entries(attributes)) if (x !== false) element.setAttribute(name, x === true ? "" : x);
  for (const child of children) if (child != null) element.append(child);
  return element;
}

// A cell with a number carries it with all its digits; empty: there is none.
export interface Cell { text: string; value?: Num; title?: string; strong?: boolean }
export interface Column { head: string; number?: boolean; wide?: boolean }
export interface Table { caption: string; columns: Column[]; rows: (Cell | string)[][]; long?: boolean }

// Rows from which on a table goes to paper only if the reader opened it.
const LONG = 60;
// Rows up to which a table is not broken over two pages.
const SHORT = 15;

export function tableElement(table: Table): HTMLElement {
  const head = h("tr", {}, ...table.columns.map((c) => h("th", { scope: "col", class: c.number ? "number" : "" }, c.head)));
  const body = h("tbody");
  for (const row of table.rows) {
    const tr = h("tr");
    row.forEach((raw, i) => {
      const cell = typeof raw === "string" ? { text: raw } : raw;
      const td = i === 0 ? h("th", { scope: "row" }, cell.text) : h("td", { class: (table.columns[i]!.number ? "number" : "") + (table.columns[i]!.wide ? " wide" : "") }, cell.text);
      if (cell.value !== undefined) td.setAttribute("data-value", cell.value == null ? "" : String(cell.value));
      if (cell.title) td.title = cell.title;
      if (cell.strong) td.classList.add("strong");
      tr.append(td);
    });
    body.append(tr);
  }
  const long = table.long ?? table.rows.length > LONG;
  return h("div", {}, h("div", { class: long ? "scroll long" : "scroll", tabindex: "0", role: "region", "aria-label": table.caption },
    h("table", { class: (table.columns.length > 9 ? "many" : "") + (table.rows.length <= SHORT ? " short" : "") }, h("caption", {}, table.caption), h("thead", {}, head), body)),
    long ? h("p", { class: "long-note" }, `${table.caption}: the ${table.rows.length} rows are in the file. To have them on paper, open the table before printing.`) : null);
}

export function select(label: string, id: string, options: { id: string; name: string }[], chosen: string, change: (id: string) => void): HTMLElement {
  const box = h("select", { id }, ...options.map((o) => h("option", { value: o.id, selected: o.id === chosen }, o.name)));
  box.addEventListener("change", () => change(box.value));
  return h("label", { for: id }, h("span", {}, label), box);
}
