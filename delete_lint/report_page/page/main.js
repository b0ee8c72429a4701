// Which view is shown, and the search.

const TABS = [
  ["findings", "Findings", data.findings.length], ["picture", "Picture", null], ["models", "Models", data.summary.models],
  ["receivers", "Receivers", data.receivers.length], ["entries", "Entry points", data.entries.length],
];
const HOME = { model: "models", receiver: "receivers", entry: "entries" };
const main = document.getElementById("main");

function view() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  let argument = rest.join("/");
  try {
    argument = decodeURIComponent(argument);
  } catch {
    argument = "";
  }
  const parameters = new URLSearchParams(query);
  const views = {
    findings: () => findingsView(parameters), picture: () => pictureView(argument), models: modelsView, receivers: receiversView,
    entries: entriesView, model: () => modelView(argument), receiver: () => receiverView(Number(argument)), entry: () => entryView(Number(argument)),
  };
  const chosen = Object.hasOwn(views, name) ? name : "findings";
  return { name: HOME[chosen] || chosen, ...views[chosen]() };
}

function show(first) {
  const shown = view();
  main.classList.toggle("wide", Boolean(shown.wide));
  main.replaceChildren(...shown.content.flat(Infinity).filter(Boolean));
  document.title = `${shown.title} · ${data.title} · delete-lint`;
  document.getElementById("tabs").replaceChildren(...TABS.map(([name, words, count]) => make("li", {},
    make("a", { href: `#/${name}`, "aria-current": name === shown.name ? "page" : null }, words, count === null ? "" : [" ", make("span", { class: "number" }, count)]))));
  shown.shown?.();
  if (!first) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
    say(shown.title);
  }
  document.documentElement.dataset.shown = shown.name;
}

const search = document.getElementById("search");
const hits = document.getElementById("hits");
const known = [
  ...data.models.map((model, number) => ({ kind: "Model", words: model.label, name: model.name, href: modelHref(number), weight: model.own ? 0 : 1 })),
  ...data.receivers.map((receiver, number) => ({ kind: "Receiver", words: receiver.name, name: receiver.name.split(".").pop(), href: receiverHref(number), weight: 1 })),
  ...data.entries.map((entry, number) => ({ kind: KINDS[entry.kind], words: entry.name, name: entry.name, href: entryHref(number), weight: 2 })),
  ...[...new Set(data.findings.map((finding) => finding.rule))].map((rule) => ({ kind: "Rule", words: rule, name: rule, href: `#/findings?rule=${rule}`, weight: 1 })),
];
let active = -1;

function rank({ words, name, weight }, wanted) {
  const [whole, short] = [words.toLowerCase(), name.toLowerCase()];
  if (short === wanted || whole === wanted) return weight;
  if (short.startsWith(wanted)) return 10 + weight;
  if (whole.includes(wanted)) return 20 + weight;
  return Infinity;
}

function find() {
  const wanted = search.value.trim().toLowerCase();
  const found = wanted ? known.map((each) => [rank(each, wanted), each]).filter(([cost]) => cost < Infinity)
    .sort(([a, one], [b, other]) => a - b || one.words.length - other.words.length).slice(0, 12) : [];
  hits.replaceChildren(...found.map(([, each], number) => make("li", {
    id: `hit-${number}`, role: "option", "aria-selected": "false", "data-href": each.href,
    onmousedown: (event) => { event.preventDefault(); go(number); },
  }, make("span", { class: "kind" }, each.kind), " ", each.words)));
  hits.hidden = !found.length;
  search.setAttribute("aria-expanded", String(Boolean(found.length)));
  choose(found.length ? 0 : -1);
  say(wanted ? plural(found.length, "hit") : "");
}

function choose(number) {
  active = number;
  [...hits.children].forEach((hit, index) => hit.setAttribute("aria-selected", String(index === number)));
  if (number < 0) search.removeAttribute("aria-activedescendant");
  else search.setAttribute("aria-activedescendant", `hit-${number}`);
}

function close() {
  hits.hidden = true;
  search.setAttribute("aria-expanded", "false");
  choose(-1);
}

function go(number) {
  const hit = hits.children[number];
  if (!hit) return;
  search.value = "";
  close();
  location.hash = hit.dataset.href;
}

search.addEventListener("input", find);
search.addEventListener("blur", close);
search.addEventListener("focus", find);
search.addEventListener("keydown", (event) => {
  const count = hits.children.length;
  if (event.key === "ArrowDown" && count) choose((active + 1) % count);
  else if (event.key === "ArrowUp" && count) choose((active + count - 1) % count);
  else if (event.key === "Enter") go(active);
  else if (event.key === "Escape") { search.value = ""; close(); }
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input")) return;
  event.preventDefault();
  search.focus();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document.getElementById("made").textContent = `delete-lint ${data.tool} · ${data.source === "runtime" ? "the running project and its source" : "read from source, nothing was run"}${data.counted ? ` · row counts from ${data.counted}` : ""}${data.measured ? ` · times from ${data.measured}` : ""}`;
addEventListener("hashchange", () => show(false));
show(true);
