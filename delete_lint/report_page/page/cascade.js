// What deleting one model reaches, drawn in levels from left to right.

const measure = document.createElement("canvas").getContext("2d");
const HEIGHT = 36;

function width(words, font) {
  measure.font = font;
  return measure.measureText(words).width;
}

function shortened(words, most) {
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}

// Every arrow, or the first one that leads to each model: the others make the picture no truer, only fuller.
function cascadeParts(number, all, everything) {
  const { plan } = data.models[number];
  const found = new Set([number]);
  const nodes = new Map(plan.tables.map(([model, level, fast]) => [model, { fast: Boolean(fast), level, self: false }]));
  const links = new Map();
  const join = (from, to, edge) => {
    const key = `${from} ${to} ${edge.effect}`;
    if (!links.has(key)) links.set(key, { from, to, effect: edge.effect, loaded: 0, edges: [] });
    const link = links.get(key);
    link.loaded = Math.max(link.loaded, edge.loaded);
    link.edges.push(edge);
  };
  for (const [under, which] of plan.ways) {
    const edge = edges[which];
    if (edge.effect !== "delete" && !everything) continue;
    if (!nodes.has(under)) continue;
    if (!nodes.has(edge.child)) nodes.set(edge.child, { fate: edge.effect, self: false });
    if (under === edge.child) nodes.get(under).self = true;
    else if (all || !found.has(edge.child) || links.has(`${under} ${edge.child} ${edge.effect}`)) join(under, edge.child, edge);
    found.add(edge.child);
  }
  for (const [parent, , , child] of plan.tables) {
    if (child >= 0 && nodes.has(child)) join(child, parent, { effect: "delete", loaded: 1, path: "parent table", handler: "" });
  }
  return { nodes, links: [...links.values()] };
}

function second(model, node) {
  if (node.fate) return EFFECTS[node.fate];
  const again = node.self ? "↻ " : "";
  if (node.fast) return `${again}fast`;
  return again + (shortened(text(model.because), 38) || "receivers of every model");
}

function nodeClass(model, node) {
  if (node.fate) return `aside ${node.fate}`;
  if (node.fast) return "fast";
  return model.colour === "fast" ? "other" : model.colour;
}

function cascadePicture(number, tall) {
  const root = data.models[number];
  const inner = draw("g");
  const view = zoomable(`What deleting ${root.label} reaches`, inner, { wheel: tall });
  const note = make("p", { class: "dim note" }, "Drawing…");
  const all = make("input", { type: "checkbox", onchange: () => render() });
  const everything = make("input", { type: "checkbox", onchange: () => render() });
  let drawing = 0;

  async function render() {
    const turn = (drawing += 1);
    const { nodes, links } = cascadeParts(number, all.checked, everything.checked);
    const boxes = [...nodes].map(([model, node]) => {
      const found = data.models[model];
      const under = second(found, node);
      return {
        v: String(model), height: HEIGHT,
        width: Math.ceil(Math.max(width(found.name, "600 13px system-ui"), width(under, "11px system-ui"))) + 26,
      };
    });
    const started = performance.now();
    let laid;
    try {
      laid = await layOut(boxes, links.map(({ from, to }) => ({ v: String(from), w: String(to) })),
        { rankdir: "lr", nodesep: 9, ranksep: 64, edgesep: 6 });
    } catch (error) {
      note.textContent = `The picture cannot be drawn here (${error.message}); the tables below say the same.`;
      return;
    }
    if (turn !== drawing) return;
    paint(nodes, links, laid);
    note.textContent = `${plural(nodes.size, "model")}, ${plural(links.length, "arrow")}`;
    view.frame.dataset.ready = String(Math.round(performance.now() - started));
  }

  function paint(nodes, links, laid) {
    const curve = d3.line().x((point) => point.x).y((point) => point.y).curve(d3.curveBasis);
    const arrows = laid.edges.map((edge, index) => {
      const link = links[index];
      const words = link.edges.map((each) => `${each.path} ${each.handler}`.trim()).join("\n");
      const kind = link.effect === "delete" ? ["fast", "some", "whole"][link.loaded] : link.effect;
      return draw("path", { class: `arrow ${kind}`, d: curve(edge.points), "marker-end": `url(#tip-${kind})` },
        draw("title", {}, words));
    });
    const boxes = laid.nodes.map(({ v, x, y, width: wide }) => {
      const model = data.models[Number(v)];
      const node = nodes.get(Number(v));
      return draw("a", {
        href: modelHref(Number(v)), class: `box ${nodeClass(model, node)}${Number(v) === number ? " root" : ""}`,
        transform: `translate(${(x - wide / 2).toFixed(1)} ${(y - HEIGHT / 2).toFixed(1)})`,
        "aria-label": `${model.label}: ${second(model, node)}`,
        onfocus: (event) => event.currentTarget.matches(":focus-visible") && view.show(
          { x: x - 250, y: y - 120, width: 500, height: 240 }, true, 1.2),
      },
      draw("title", {}, `${model.label}\n${text(model.because) || "fast"}`),
      draw("rect", { width: wide, height: HEIGHT, rx: 6 }),
      draw("text", { class: "title", x: 13, y: 15 }, model.name),
      draw("text", { class: "why", x: 13, y: 29 }, second(model, node)));
    });
    const tips = ["fast", "some", "whole", "update", "refuse", "custom", "database"].map((kind) => draw("marker", {
      id: `tip-${kind}`, class: `tip ${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7,
      orient: "auto-start-reverse", markerUnits: "userSpaceOnUse",
    }, draw("path", { d: kind === "refuse" ? "M8 0V10" : "M0 1L9 5L0 9z" })));
    inner.replaceChildren(draw("defs", {}, tips), draw("g", { "aria-hidden": "true" }, arrows), draw("g", {}, boxes));
    const right = Math.max(...laid.nodes.map((node) => node.x + node.width / 2));
    const bottom = Math.max(...laid.nodes.map((node) => node.y + node.height / 2));
    view.frame.style.height = `${Math.min(860, Math.max(170, bottom * 0.72 + 30))}px`;
    const root = laid.nodes.find(({ v }) => Number(v) === number);
    view.fit({ x: 0, y: 0, width: right, height: bottom }, { x: root.x - root.width / 2, y: root.y });
  }

  const controls = make("div", { class: "controls" },
    make("label", {}, all, " every way to a model"),
    make("label", {}, everything, " also what is updated, in the way, or left to the database"), note);
  const key = make("ul", { class: "legend arrows-key" },
    [["whole", "whole rows are loaded"], ["some", "keys are loaded"], ["fast", "nothing is loaded"]].map(([kind, words]) =>
      make("li", {}, draw("svg", { class: "canvas", width: 34, height: 10, "aria-hidden": "true" },
        draw("path", { class: `arrow ${kind}`, d: "M0 5H34" })), ` ${words}`)));
  return {
    element: make("figure", { class: tall ? "picture tall" : "picture" }, controls, view.frame, key),
    shown: render,
  };
}
