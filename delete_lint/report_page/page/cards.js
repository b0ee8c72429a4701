// One model, one receiver, one entry point.

function statementWords([verb, table_, count, columns, because], brief = false) {
  const read = text(verb) === "SELECT" ? ` ${text(columns) === "*" ? "all columns" : text(columns)} of` : "";
  return make("div", { class: "statement" }, make("b", {}, text(verb)), `${read} ${text(table_)} `,
    make("span", { class: "times" }, `× ${text(count)}`), text(because) && !brief ? make("span", { class: "dim" }, ` ${text(because)}`) : null);
}

function loadedWords(edge) {
  if (edge.loaded === 0) return "nothing";
  if (edge.loaded === 1) return edge.columns;
  const { large } = data.models[edge.child];
  return [make("b", { class: "bad" }, "whole rows"), large.length ? make("span", { class: "mono dim" }, ` with ${large.join(", ")}`) : null];
}

function faultWords(edge) {
  if (edge.loaded === 0) return "";
  return rich(edge.loaded === 2 && edge.whole ? edge.whole : edge.why);
}

function rootFaults(model) {
  const own = model.why.filter(([, , receiver]) => receiver === null || !data.everywhere.includes(receiver));
  if (!own.length) return "the receivers for every model";
  return [...own.slice(0, 3).map(([words]) => make("div", {}, words)), own.length > 3 ? make("div", { class: "dim" }, `and ${own.length - 3} more`) : ""];
}

function levelTable(number) {
  const { plan } = data.models[number];
  const arrivals = new Map();
  for (const [, which, statements] of plan.ways) {
    const edge = edges[which];
    if (edge.effect !== "delete") continue;
    if (!arrivals.has(edge.child)) arrivals.set(edge.child, []);
    arrivals.get(edge.child).push([edge, statements]);
  }
  const rows = [...plan.tables].sort(([, a], [, b]) => a - b).flatMap(([model, level, fast, child, own]) => {
    const ways = arrivals.get(model) || [];
    const row = { model, level, fast, child, own };
    const alone = child >= 0 || level === 0;
    return [...(alone ? [{ ...row, statements: [] }] : []), ...ways.map(([edge, statements]) => ({ ...row, edge, statements }))]
      .map((each, index) => ({ ...each, first: index === 0 }));
  });
  const whole = ({ edge, fast, child }) => !edge && !fast && child < 0;
  return table("Level by level: a line for each relation over which rows are reached", [
    { title: "Model", cell: ({ model, level, first }) => (first ? [make("span", { class: "level" }, level), modelLink(model)] : make("span", { class: "hidden" }, data.models[model].name)) },
    { title: "Over", cell: ({ edge, child }) => (edge ? [make("span", { class: "mono", title: edge.path }, edge.path.split(".").slice(-2).join(".")), " ", make("span", { class: "dim" }, edge.handler)] : child >= 0 ? ["parent table of ", modelLink(child)] : "the delete itself") },
    { title: "Loaded", less: true, cell: (row) => (row.edge ? loadedWords(row.edge) : whole(row) ? "whole rows, by a queryset" : row.child >= 0 ? "" : "nothing") },
    { title: "By whose fault", cell: (row) => (row.edge ? faultWords(row.edge) : whole(row) ? rootFaults(data.models[row.model]) : "") },
    { title: "Plan", wide: true, cell: ({ statements, own, first, edge }) => [...statements.map((each) => statementWords(each, edge?.loaded === 2)), ...(first ? own.map((each) => statementWords(each)) : [])] },
  ], rows);
}

function symbols() {
  return make("p", { class: "dim" }, `⌈Order/100⌉: the rows of Order that are reached, a hundred to a statement. b: keys in one statement, ${data.keys}. ≥: again for each further relation or level on which rows are found.`);
}

function besideTable(number) {
  const ways = data.models[number].plan.ways.filter(([, which]) => edges[which].effect !== "delete");
  if (!ways.length) return null;
  const words = {
    update: (edge) => (edge.loaded ? "is fetched and updated" : "is updated"),
    refuse: () => "refuses the delete if there is a row",
    custom: () => "is up to this function",
    database: () => "is left to the database",
  };
  return table("Also touched", [
    { title: "Relation", cell: ([, which]) => [modelLink(edges[which].child, edges[which].path), " ", place(edges[which].place)] },
    { title: "on_delete", cell: ([, which]) => make("span", { class: "mono" }, edges[which].handler) },
    { title: "What happens", cell: ([, which]) => make("span", { class: edges[which].effect === "refuse" ? "bad" : null }, words[edges[which].effect](edges[which])) },
    { title: "Plan", cell: ([, , statements]) => statements.map((each) => statementWords(each)) },
  ], ways);
}

function modelView(label) {
  const number = byLabel.get(label);
  if (number === undefined) return missing(`There is no model ${label}.`);
  const model = data.models[number];
  const { plan } = model;
  const findings = data.findings.filter((finding) => finding.models.includes(number));
  const sites = data.sites.filter((site) => site[2] === number);
  const from = data.entries.map((_, entry) => entry).filter((entry) => data.entries[entry].models.some((other) => other === number || reachedFrom(other).has(number)));
  const wide = [...new Set(plan.ways.map(([, which]) => edges[which])
    .filter((edge) => edge.loaded === 2 && data.models[edge.child].large.length).map((edge) => edge.child))];
  const above = edges.filter((edge) => edge.child === number && edge.effect === "delete" && edge.target >= 0 && edge.target !== number);
  const picture = plan.tables.length > 1 || plan.ways.length ? cascadePicture(number, false) : null;
  const sums = ["SELECT", "UPDATE", "DELETE"].map((verb, index) => [verb, (plan.at_least[index] ? "≥ " : "") + text(plan.sums[index])]).filter(([, sum]) => sum !== "0");
  const facts = [
    ["Deleting it", make("span", { class: model.colour === "fast" ? "good" : null }, verdict(model))],
    ["Reach", reachWords(model)],
    model.rows !== null ? ["Rows", model.rows.toLocaleString("en")] : null,
    ["In memory", text(plan.loaded) === "0" ? "nothing is loaded" : `rows of ${text(plan.loaded)}, until delete() returns`],
    wide.length ? ["Loaded wide", ["large columns of ", atMost(8, wide, (other) => modelLink(other))]] : null,
    model.large.length ? ["Large columns", make("span", { class: "mono" }, model.large.join(", "))] : null,
    ["Statements", make("div", {}, sums.map(([verb, sum]) => make("div", {}, make("b", {}, verb), ` ${sum}`)))],
    data.times[number] ? ["Measured", timeWords(data.times[number])] : null,
    ["Transaction", plan.transaction ? "one, from the first receiver to the last DELETE" : "none"],
    model.override ? ["delete()", ["is overridden at ", place(model.override), "; a cascade or a queryset does not call it"]] : null,
    plan.refused.length ? ["On MySQL", `refused where rows refer to each other by ${plan.refused.join("; ")}`] : null,
  ].filter(Boolean);
  return {
    title: model.label,
    shown: picture?.shown,
    content: [
      make("h1", {}, make("span", { class: "dim" }, `${model.app}.`), model.label.slice(model.app.length + 1)),
      make("p", { class: "dim" }, between([place(model.place), model.package ? `package ${model.package}` : null, ...model.is, make("a", { href: `#/picture/${encodeURIComponent(label)}` }, "among all models")].filter(Boolean), " · ")),
      make("dl", { class: "facts" }, facts.map(([term, description]) => [make("dt", {}, term), make("dd", {}, description)])),
      picture ? section("What deleting it reaches", picture.element, levelTable(number), besideTable(number), symbols()) : section("Plan", levelTable(number)),
      plan.receivers.length ? section("Receivers that run", table("Inside the transaction, once for each of these rows", [
        { title: "Receiver", cell: ([receiver]) => receiverLink(receiver) },
        { title: "For rows of", cell: ([, models]) => atMost(6, models, (other) => modelLink(other)) },
        { title: "Calls", cell: ([, , calls]) => text(calls) },
        { title: "Does", cell: ([receiver]) => categories(data.receivers[receiver]) },
        ...(data.measured ? [{ title: "Measured", cell: ([receiver]) => timeWords(data.receivers[receiver].time, true) }] : []),
      ], plan.receivers)) : null,
      model.why.length ? section("Why it is slow", make("ul", {}, model.why.map(([words, where, receiver]) => make("li", {}, receiver === null ? words : [receiverLink(receiver), " listens"], " ", place(where))))) : null,
      section(`Findings: ${findings.length}`, findings.map((finding) => findingCard(finding, "model"))),
      sites.length ? section("Deleted from", make("ul", {}, sites.map(([where, call, , how, entry, time]) => make("li", {}, place(where), " ", make("span", { class: "mono" }, call), how ? `, ${how}` : "", entry >= 0 ? [" in ", entryLink(entry)] : null, time ? ["; measured: ", timeWords(time, true)] : null)))) : null,
      from.length ? section("Entry points that lead here", atMost(12, from, (entry) => make("div", {}, entryLink(entry)), "")) : null,
      above.length ? section("Goes along with", make("p", {}, atMost(12, [...new Set(above.map((edge) => edge.target))], (other) => modelLink(other)))) : null,
    ],
  };
}

function calls(path) {
  return path.reduceRight((inner, [where, call]) => make("ol", { class: "calls" }, make("li", {}, make("span", { class: "mono" }, call), " ", place(where), inner)), null);
}

function receiverView(number) {
  const receiver = data.receivers[number];
  if (!receiver) return missing("There is no such receiver.");
  const findings = data.findings.filter((finding) => finding.receivers.includes(number));
  const heard = data.models.map((_, model) => model).filter((model) => data.models[model].plan.receivers.some(([run]) => run === number));
  const facts = [
    ["Signals", receiver.signals.join(", ")],
    ["Listens to", senders(receiver)],
    receiver.connected.length ? ["Connected at", between(receiver.connected.map(place))] : null,
    receiver.dead ? ["Never fires", receiver.dead] : null,
    receiver.origin ? ["Steps aside", "unless the delete started at its own instance"] : null,
    receiver.async ? ["Kind", "async def"] : null,
    ["Alone slows", receiver.slows.length ? atMost(8, receiver.slows, (model) => modelLink(model)) : "no model: each would be slow without it, too"],
    receiver.time ? ["Measured", timeWords(receiver.time)] : null,
    receiver.reads.length ? ["Reads", make("span", { class: "mono" }, receiver.reads.join(", "))] : null,
  ].filter(Boolean);
  const ways = new Map();
  for (const [category, external, path, loop] of receiver.work) {
    const key = JSON.stringify(path);
    if (!ways.has(key)) ways.set(key, { path, tags: new Map(), loop: "" });
    ways.get(key).tags.set(category, external);
    ways.get(key).loop ||= loop;
  }
  const way = ({ path, tags, loop }) => make("li", {},
    between([...tags].map(([category, external]) => make("span", { class: external ? "tag bad" : "tag" }, category)), " "),
    loop ? [" for each turn of the loop at ", place(loop)] : null, calls(path));
  return {
    title: receiver.name,
    content: [
      make("h1", { class: "mono" }, receiver.name),
      make("p", { class: "dim" }, place(receiver.place), receiver.package ? ` package ${receiver.package}` : ""),
      make("dl", { class: "facts" }, facts.map(([term, description]) => [make("dt", {}, term), make("dd", {}, description)])),
      receiver.work.length ? section("What it does for every row, and by which calls", make("ul", { class: "work" }, [...ways.values()].map(way))) : section("What it does", make("p", { class: "dim" }, "Nothing that takes time, as far as its code could be read.")),
      receiver.dispatches.length ? section("Tasks it enqueues", make("ul", { class: "work" }, receiver.dispatches.map(([late, path]) => make("li", {}, make("span", { class: late ? "tag" : "tag bad" }, late ? "after the commit" : "before the commit"), calls(path))))) : null,
      receiver.threads.length ? section("Threads it starts", make("ul", {}, receiver.threads.map(([where, call]) => make("li", {}, make("span", { class: "mono" }, call), " ", place(where))))) : null,
      receiver.creates.length ? section("Rows it writes", make("ul", {}, receiver.creates.map(([label, where, names]) => make("li", {}, byLabel.has(label) ? modelLink(byLabel.get(label)) : label, names ? ` by ${names}` : "", " ", place(where))))) : null,
      receiver.follows.length ? section("Foreign keys it follows, a query for each row", make("ul", {}, receiver.follows.map(([name, where]) => make("li", {}, make("span", { class: "mono" }, name), " ", place(where))))) : null,
      heard.length ? section("Runs when one of these is deleted", make("p", {}, atMost(24, heard, (model) => modelLink(model)))) : null,
      section(`Findings: ${findings.length}`, findings.map((finding) => findingCard(finding, "receiver"))),
    ],
  };
}

function entryView(number) {
  const entry = data.entries[number];
  if (!entry) return missing("There is no such entry point.");
  const findings = data.findings.filter((finding) => finding.entries.includes(number));
  const picture = entry.models.length ? cascadePicture(entry.models[0], false) : null;
  return {
    title: entry.name,
    shown: picture?.shown,
    content: [
      make("h1", {}, make("span", { class: "kind" }, KINDS[entry.kind]), ` ${entry.name}`),
      make("p", { class: "dim" }, between([place(entry.place), ...entry.urls.map((url) => make("span", { class: "mono" }, url))].filter(Boolean), " · ")),
      entry.through.length ? section("Through", make("ul", {}, entry.through.map((way) => make("li", { class: "mono" }, way)))) : null,
      section("Deletes", make("ul", {}, entry.models.map((model) => make("li", {}, modelLink(model), `: ${verdict(data.models[model])} ${reachWords(data.models[model])}`)),
        entry.sites.map((site) => make("li", {}, place(data.sites[site][0]), " ", make("span", { class: "mono" }, data.sites[site][1]), data.sites[site][3] ? `, ${data.sites[site][3]}` : "", data.sites[site][5] ? ["; measured: ", timeWords(data.sites[site][5], true)] : null)))),
      picture ? section(`What deleting ${data.models[entry.models[0]].name} reaches`, picture.element) : null,
      section(`Findings: ${findings.length}`, findings.map((finding) => findingCard(finding, "entry"))),
    ],
  };
}

function missing(words) {
  return { title: "Not found", content: [make("h1", {}, "Not found"), make("p", {}, words), make("p", {}, make("a", { href: "#/findings" }, "Findings"))] };
}

function pictureView(label) {
  const chosen = byLabel.has(label) ? byLabel.get(label) : null;
  const picture = overview(chosen);
  return {
    title: "Picture",
    wide: true,
    shown: picture.shown,
    content: [make("h1", { class: "hidden" }, "All models"), picture.element],
  };
}
