// What all views share: the data, and elements made of it. Text of the linted project goes through `textContent` only.

const data = JSON.parse(document.getElementById("data").textContent);
const text = (number) => data.texts[number];
const byLabel = new Map(data.models.map((model, number) => [model.label, number]));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const EFFECTS = { delete: "deleted", update: "updated", refuse: "in the way", custom: "own function", database: "database" };
const LOADED = ["nothing", "some columns", "whole rows"];
const COLOURS = {
  receiver: "slow: a receiver listens",
  other: "slow: GenericRelation, parent table or own on_delete",
  relations: "slow: other models refer to it",
  hindered: "fast but for the receivers of every model",
  fast: "fast: one DELETE, nothing is loaded",
};
const KINDS = {
  view: "View", api: "API", admin: "Admin", task: "Task", command: "Command", receiver: "Receiver",
  override: "delete() of a model", migration: "Migration", code: "Other code",
};

// Rows of `edges`, see `delete_lint.report_page.picture`.
const edges = data.edges.map(([child, target, field, handler, effect, loaded, columns, why, whole, fast, place, path]) => ({
  child, target, field, handler, effect, loaded, columns: text(columns), why: text(why), whole: text(whole),
  fast: Boolean(fast), place, path: text(path),
}));

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function plural(count, noun, several) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : several || `${noun}s`}`;
}

// `words` in backticks are code.
function rich(sentence) {
  return sentence.split("`").map((part, number) => (number % 2 ? make("code", {}, part) : part));
}

const modelHref = (number) => `#/model/${encodeURIComponent(data.models[number].label)}`;
const receiverHref = (number) => `#/receiver/${number}`;
const entryHref = (number) => `#/entry/${number}`;

function modelLink(number, words) {
  const model = data.models[number];
  return make("a", { href: modelHref(number), class: `model ${model.colour}`, title: model.label }, words || model.name);
}

function receiverLink(number) {
  return make("a", { href: receiverHref(number), class: "mono" }, data.receivers[number].name);
}

function entryLink(number) {
  const entry = data.entries[number];
  return make("span", { class: "entry" }, make("span", { class: "kind" }, KINDS[entry.kind]), " ",
    make("a", { href: entryHref(number) }, entry.name));
}

function place(words) {
  return words ? make("span", { class: "place" }, words) : null;
}

function between(links, separator = ", ") {
  return links.flatMap((link, number) => (number ? [separator, link] : [link]));
}

// The first ones, and the rest behind a button.
function atMost(count, items, shown, separator = ", ") {
  const holder = make("span", {}, between(items.slice(0, count).map(shown), separator));
  if (items.length > count) {
    const rest = items.slice(count);
    holder.append(separator, make("button", {
      type: "button",
      class: "more",
      onclick: (event) => event.currentTarget.replaceWith(...between(rest.map(shown), separator)),
    }, `${rest.length} more`));
  }
  return holder;
}

function section(title, ...content) {
  const inner = content.flat(Infinity).filter(Boolean);
  return inner.length ? make("section", {}, make("h2", {}, title), inner) : null;
}

let tables = 0;

// `columns` are {title, cell, sort?, number?, down?}; a column with `sort` can be sorted by, with `number` or `down`
// the most first.
function table(caption, columns, rows, first) {
  const body = make("tbody");
  let order = first === undefined ? null : { column: first, down: true };
  const heads = columns.map((column, index) => make("th", {
    scope: "col", class: column.number ? "number" : null, "aria-sort": column.sort ? "none" : null,
  }, column.sort ? make("button", { type: "button", onclick: () => sortBy(index) }, column.title) : column.title));
  function render() {
    let sorted = rows;
    if (order) {
      const { sort } = columns[order.column];
      const sign = order.down ? -1 : 1;
      sorted = [...rows].sort((a, b) => {
        const [left, right] = [sort(a), sort(b)];
        return sign * (left < right ? -1 : left > right ? 1 : 0);
      });
      heads.forEach((head, index) => columns[index].sort && head.setAttribute("aria-sort",
        index !== order.column ? "none" : order.down ? "descending" : "ascending"));
    }
    body.replaceChildren(...sorted.map((row) => make("tr", {}, columns.map((column, index) =>
      make(index ? "td" : "th", { scope: index ? null : "row", class: column.number ? "number" : column.wide ? "broad" : column.less ? "less" : null }, column.cell(row))))));
  }
  function sortBy(column) {
    order = { column, down: order?.column === column ? !order.down : Boolean(columns[column].number || columns[column].down) };
    render();
  }
  render();
  const id = `table-${(tables += 1)}`;
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": id },
    make("table", {}, make("caption", { id }, caption), make("thead", {}, make("tr", {}, heads)), body));
}

function say(words) {
  document.getElementById("status").textContent = words;
}
