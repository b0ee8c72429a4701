// The lists: findings in groups, models, receivers, entry points.

const SEVERITIES = ["error", "warning", "info"];

function findingCard(finding, by) {
  const about = [
    ...finding.models.map((number) => modelLink(number)),
    ...finding.receivers.map((number) => receiverLink(number)),
  ];
  return make("article", { class: `finding ${finding.severity}` },
    make("header", {},
      make("span", { class: `severity ${finding.severity}` }, finding.severity), " ",
      by === "rule" ? null : make("span", { class: "mono rule" }, finding.rule), " ", place(finding.place)),
    finding.line ? make("pre", { class: "line", tabindex: 0 }, finding.line) : null,
    make("p", { class: "message" }, rich(finding.message)),
    make("p", { class: "help" }, rich(finding.help)),
    finding.fix ? make("p", { class: "help" }, "fix: ", finding.fix) : null,
    finding.notes.length ? make("details", {}, make("summary", {}, plural(finding.notes.length, "step")),
      make("ol", { class: "path" }, finding.notes.map(([where, words]) => make("li", {}, rich(words), " ", place(where))))) : null,
    about.length || finding.entries.length ? make("p", { class: "dim links" },
      about.length ? ["About ", between(about), finding.entries.length && by !== "entry" ? " · " : ""] : null,
      finding.entries.length && by !== "entry"
        ? ["Set off from ", atMost(3, finding.entries, entryLink)] : null) : null);
}

function severityCounts(findings) {
  return SEVERITIES.map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length])
    .filter(([, count]) => count)
    .map(([severity, count]) => make("span", { class: `count ${severity}` }, plural(count, severity, severity === "info" ? "info" : null)));
}

function grouped(findings, by) {
  const groups = new Map();
  const put = (key, finding) => groups.has(key) ? groups.get(key).push(finding) : groups.set(key, [finding]);
  for (const finding of findings) {
    if (by === "rule") put(finding.rule, finding);
    else if (by === "app") put(finding.app, finding);
    else if (finding.entries.length) for (const entry of finding.entries) put(entry, finding);
    else put(-1, finding);
  }
  const weight = (all) => all.reduce((sum, { severity }) => sum + { error: 1e6, warning: 1e3, info: 1 }[severity], 0);
  return [...groups].sort(([left, a], [right, b]) => (left === -1) - (right === -1) || weight(b) - weight(a));
}

function groupTitle(key, by) {
  if (by === "rule") return [make("span", { class: "mono" }, key), make("span", { class: "dim" }, " ", rich(data.rules[key] || ""))];
  if (by === "app") return [make("span", { class: "mono" }, key)];
  if (key === -1) return ["From no entry point that is known"];
  const entry = data.entries[key];
  return [make("span", { class: "kind" }, KINDS[entry.kind]), ` ${entry.name} `,
    entry.urls.length ? make("span", { class: "mono dim" }, entry.urls[0]) : place(entry.place)];
}

function findingsView(parameters) {
  const by = ["rule", "app", "entry"].includes(parameters.get("by")) ? parameters.get("by") : "rule";
  const only = parameters.get("rule");
  const wanted = new Set(SEVERITIES);
  const holder = make("div");
  const field = make("input", { type: "search", placeholder: "Filter", "aria-label": "Filter findings", oninput: () => render() });

  function render() {
    const words = field.value.trim().toLowerCase();
    const findings = data.findings.filter((finding) => wanted.has(finding.severity) && (!only || finding.rule === only)
      && (!words || `${finding.rule} ${finding.place} ${finding.message}`.toLowerCase().includes(words)));
    const groups = grouped(findings, by);
    const open = findings.length <= 40 ? groups.length : words || only ? 3 : 0;
    holder.replaceChildren(...groups.map(([key, all], index) => {
      const body = make("div", { class: "findings" });
      const details = make("details", {
        class: "group",
        ontoggle: () => details.open && !body.childElementCount && body.append(...all.map((finding) => findingCard(finding, by))),
      }, make("summary", {}, make("h2", {}, groupTitle(key, by)), " ", make("span", { class: "counts" }, severityCounts(all))),
      by === "entry" && key !== -1 ? make("p", { class: "links" }, make("a", { href: entryHref(key) }, "All about this entry point")) : null, body);
      details.open = index < open;
      return details;
    }));
    if (!groups.length) holder.append(make("p", { class: "dim" }, data.findings.length ? "Nothing matches." : "No findings: every delete that was seen is fine."));
    say(`${plural(findings.length, "finding")} in ${plural(groups.length, "group")}`);
  }

  const choices = [["rule", "rule"], ["app", "app"], ["entry", "entry point"]].map(([name, words]) => make("a", {
    href: `#/findings?by=${name}${only ? `&rule=${only}` : ""}`, "aria-current": name === by ? "true" : null,
  }, words));
  const severities = SEVERITIES.map((severity) => {
    const box = make("input", {
      type: "checkbox", checked: true,
      onchange: () => { wanted[box.checked ? "add" : "delete"](severity); render(); },
    });
    return make("label", {}, box, ` ${severity}`);
  });
  render();
  const { summary } = data;
  return {
    title: "Findings",
    content: [
      make("h1", {}, plural(data.findings.length, "finding"), only ? [" of ", make("code", {}, only), " ", make("a", { class: "small", href: `#/findings?by=${by}` }, "all rules")] : null),
      make("p", { class: "dim" },
        `${plural(summary.models, "model")}, ${plural(summary.receivers, "receiver")} and ${plural(summary.deletes, "delete")} in ${plural(summary.files, "file")}; Django ${data.django} (${data.django_source})`,
        summary.suppressed ? `; ${summary.suppressed} waved off by comments` : "", summary.baselined ? `; ${summary.baselined} in the baseline` : ""),
      data.warnings.length ? make("ul", { class: "warnings" }, data.warnings.map((line) => make("li", {}, line))) : null,
      make("div", { class: "controls" }, make("span", { class: "choice", role: "group", "aria-label": "Group by" }, "By ", choices),
        make("span", { class: "choice", role: "group", "aria-label": "Severities" }, severities), field),
      holder,
    ],
  };
}

function verdict(model) {
  if (model.colour === "fast") return "Fast: one DELETE statement, no row is loaded.";
  if (model.colour === "hindered") return "Slow, only because of the receivers for every model.";
  return `Slow: ${text(model.because)}.`;
}

// Receivers without a sender are told of once, not at each model.
function everywhere() {
  return data.everywhere.length ? make("p", { class: "warnings" }, between(data.everywhere.map(receiverLink)),
    `${data.everywhere.length === 1 ? " listens" : " listen"} to every model, so none is fast. What else slows a model down:`) : null;
}

function reachWords(model) {
  const reach = model.reach ? `Reaches ${plural(model.reach, "model")} over ${plural(model.depth, "level")}` : "Reaches no other model";
  const weight = model.weight ? `; one row takes along ${model.weight[0]} and holds ${model.weight[1]}` : "";
  return `${reach}${weight}.`;
}

// What was measured, by delete_lint.watch(): null where nothing was.
function timeWords(time, brief = false) {
  if (!time) return "";
  const [words, , more, slow] = time;
  return [make("span", { class: slow ? "bad" : null }, words), brief ? "" : make("span", { class: "dim" }, `; ${more}`)];
}

function timeColumn(timeOf) {
  return data.measured ? { title: "Measured", cell: (number) => timeWords(timeOf(number), true), sort: (number) => timeOf(number)?.[1] ?? -1, down: true } : null;
}

function modelsView() {
  const findings = data.models.map(() => 0);
  for (const finding of data.findings) for (const number of new Set(finding.models)) findings[number] += 1;
  const columns = [
    { title: "Model", cell: (number) => modelLink(number, data.models[number].label), sort: (number) => data.models[number].label },
    { title: "Deleting is", cell: (number) => (data.models[number].colour === "fast" ? make("span", { class: "good" }, "fast") : `slow: ${text(data.models[number].because) || "the receivers of every model"}`),
      sort: (number) => Object.keys(COLOURS).indexOf(data.models[number].colour) },
    { title: "Reaches", number: true, cell: (number) => data.models[number].reach, sort: (number) => data.models[number].reach },
    { title: "Levels", number: true, cell: (number) => data.models[number].depth, sort: (number) => data.models[number].depth },
    { title: "Receivers", number: true, cell: (number) => data.models[number].plan.receivers.length, sort: (number) => data.models[number].plan.receivers.length },
    data.counted ? { title: "Rows", number: true, cell: (number) => data.models[number].rows?.toLocaleString("en") ?? "", sort: (number) => data.models[number].rows ?? -1 } : null,
    data.counted ? { title: "One row at worst", number: true, cell: (number) => data.models[number].weight?.[1] ?? "", sort: (number) => data.models[number].weight?.[3] ?? -1 } : null,
    timeColumn((number) => data.times[number]),
    { title: "Findings", number: true, cell: (number) => findings[number] || "", sort: (number) => findings[number] },
  ].filter(Boolean);
  const shown = data.models.map((_, number) => number).filter((number) => !data.models[number].is.includes("many-to-many table"));
  return {
    title: "Models",
    content: [make("h1", {}, "Models"), everywhere(), table(`${plural(shown.length, "model")}; a click on a heading sorts`, columns, shown, 2)],
  };
}

function receiversView() {
  const columns = [
    { title: "Receiver", cell: (number) => receiverLink(number), sort: (number) => data.receivers[number].name },
    { title: "Signals", cell: (number) => data.receivers[number].signals.join(", ") },
    { title: "Listens to", cell: (number) => senders(data.receivers[number]) },
    { title: "Does", cell: (number) => categories(data.receivers[number]), sort: (number) => data.receivers[number].work.length },
    { title: "Alone slows", number: true, cell: (number) => data.receivers[number].slows.length || "", sort: (number) => data.receivers[number].slows.length },
    timeColumn((number) => data.receivers[number].time),
    { title: "Where", cell: (number) => place(data.receivers[number].place), sort: (number) => data.receivers[number].place },
  ].filter(Boolean);
  return {
    title: "Receivers",
    content: [make("h1", {}, "Receivers"), data.receivers.length
      ? table(`${plural(data.receivers.length, "receiver")} of pre_delete and post_delete`, columns, data.receivers.map((_, number) => number))
      : make("p", { class: "dim" }, "Nobody listens to pre_delete or post_delete.")],
  };
}

function senders(receiver) {
  if (receiver.senders === null) return receiver.guard ? "every model; sorts out by itself" : "every model";
  return receiver.senders.length ? atMost(4, receiver.senders, (number) => modelLink(number)) : "";
}

function categories(receiver) {
  const names = [...new Set(receiver.work.map(([category]) => category))];
  const outside = new Set(receiver.work.filter(([, external]) => external).map(([category]) => category));
  return between(names.map((name) => make("span", { class: outside.has(name) ? "tag bad" : "tag" }, name)), " ");
}

function entriesView() {
  const groups = Object.keys(KINDS).map((kind) => [kind, data.entries.map((_, number) => number).filter((number) => data.entries[number].kind === kind)])
    .filter(([, all]) => all.length);
  const counts = data.entries.map(() => 0);
  for (const finding of data.findings) for (const number of finding.entries) counts[number] += 1;
  const columns = [
    { title: "Entry point", cell: (number) => make("a", { href: entryHref(number) }, data.entries[number].name), sort: (number) => data.entries[number].name },
    { title: "Deletes", cell: (number) => atMost(4, data.entries[number].models, (model) => modelLink(model)) },
    { title: "Reaches", number: true, cell: (number) => most(number), sort: most },
    { title: "Findings", number: true, cell: (number) => counts[number] || "", sort: (number) => counts[number] },
    { title: "Where", cell: (number) => [place(data.entries[number].place), atMost(3, data.entries[number].urls, (url) => make("div", { class: "mono" }, url), "")], sort: (number) => data.entries[number].place },
  ];
  function most(number) {
    return Math.max(0, ...data.entries[number].models.map((model) => data.models[model].reach));
  }
  return {
    title: "Entry points",
    content: [make("h1", {}, "Entry points"), make("p", { class: "dim" }, "From where deletes start. Functions are followed to who calls them by name, four calls up; what stands under other code is called by nobody that is known."),
      groups.map(([kind, all]) => table(`${KINDS[kind]}: ${all.length}`, columns, all, 2))],
  };
}
