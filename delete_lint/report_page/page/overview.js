// All models at a glance: each app a circle of circles, as large as what deleting a row of it reaches.

function reachedFrom(number) {
  return new Set(data.models[number].plan.tables.map(([model]) => model));
}

function overview(chosen) {
  const shown = data.models.map((model, number) => ({ model, number }))
    .filter(({ model }) => !model.is.includes("many-to-many table") && !model.is.includes("proxy"));
  const apps = d3.group ? d3.group(shown, ({ model }) => model.app) : new Map();
  for (const each of shown) {
    if (!apps.has(each.model.app)) apps.set(each.model.app, []);
    apps.get(each.model.app).push(each);
  }
  const root = d3.hierarchy({ children: [...apps].map(([app, children]) => ({ app, children })) })
    .sum((each) => (each.model ? 3 + each.model.reach : 0))
    .sort((a, b) => b.value - a.value);
  d3.pack().size([1600, 1000]).padding((node) => (node.depth ? 3 : 14))(root);

  const spots = new Map();
  const links = new Map();
  const title = new Map();
  const inner = draw("g");
  const arrows = draw("g", { class: "arrows", "aria-hidden": "true" });
  const bright = draw("path", { class: "bright", "aria-hidden": "true" });
  const islands = draw("g", { "aria-hidden": "true" });
  const names = draw("g", { class: "names", "aria-hidden": "true" });
  const dots = draw("g", { role: "list" });
  inner.append(islands, arrows, bright, dots, names);
  for (const app of root.children || []) {
    islands.append(draw("circle", { class: "island", cx: app.x, cy: app.y, r: app.r }));
    names.append(draw("text", { class: "app", x: app.x, y: app.y - app.r }, app.data.app));
    for (const { x, y, r, data: { model, number } } of app.children) {
      spots.set(number, { x, y, r });
      const link = draw("a", {
        href: modelHref(number), class: `dot ${model.colour}${model.own ? "" : " foreign"}`, tabindex: -1,
        "aria-label": `${model.label}, ${COLOURS[model.colour]}, reaches ${plural(model.reach, "model")}`,
        onpointerenter: () => look(number), onpointerleave: () => look(chosen), onfocus: () => look(number),
      }, draw("circle", { cx: x, cy: y, r }));
      links.set(number, link);
      dots.append(draw("g", { role: "listitem" }, link));
      const lines = broken(model.label.split(".").pop());
      const name = draw("text", { class: "name", x, y, "data-r": r, "data-n": Math.max(...lines.map((line_) => line_.length)), "data-l": lines.length },
        lines.map((line_, index) => draw("tspan", { x, dy: `${index ? 1.05 : 0.525 * (1 - lines.length)}em` }, line_)));
      title.set(number, name);
      names.append(name);
    }
  }
  const line = (from, to) => `M${from.x.toFixed(1)} ${from.y.toFixed(1)}L${to.x.toFixed(1)} ${to.y.toFixed(1)}`;
  const strokes = {};
  for (const edge of edges) {
    const [from, to] = [spots.get(edge.target), spots.get(edge.child)];
    if (from && to && from !== to) (strokes[edge.effect] ||= []).push(line(from, to));
  }
  for (const effect of ["delete", "update", "refuse", "custom", "database"]) {
    if (strokes[effect]) arrows.append(draw("path", { class: `stroke ${effect}`, d: strokes[effect].join("") }));
  }

  const labels = [...names.querySelectorAll(".name")];
  let scale = 0;
  const view = zoomable("All models, by app", inner, {
    wheel: true,
    largest: 30,
    zoomed(k) {
      if (Math.abs(k / scale - 1) < 0.02) return;
      scale = k;
      inner.style.setProperty("--scale", 1 / k);
      for (const label of labels) {
        const { r, n, l } = label.dataset;
        label.classList.toggle("out", r * k * 2 < Math.hypot(n * 5.7, l * 9));
      }
    },
  });
  const panel = make("aside", { class: "panel", "aria-label": "The model looked at" });
  let looked = -1;

  function look(number) {
    if (looked === number) return;
    looked = number;
    for (const link of inner.querySelectorAll(".lit")) link.classList.remove("lit");
    view.svg.classList.toggle("looking", number !== null);
    bright.removeAttribute("d");
    panel.replaceChildren(...about(number));
    if (number === null) return;
    for (const reached of reachedFrom(number)) {
      links.get(reached)?.classList.add("lit");
      title.get(reached)?.classList.add("lit");
    }
    bright.setAttribute("d", data.models[number].plan.ways
      .filter(([, edge]) => edges[edge].effect === "delete")
      .map(([under, edge]) => [spots.get(under), spots.get(edges[edge].child)])
      .filter(([from, to]) => from && to && from !== to)
      .map(([from, to]) => line(from, to)).join(""));
  }

  function about(number) {
    if (number === null) {
      const counts = Object.keys(COLOURS).map((name) => [name, shown.filter(({ model }) => model.colour === name).length]);
      return [
        make("h2", {}, plural(shown.length, "model")),
        everywhere(),
        make("ul", { class: "legend" }, counts.filter(([, count]) => count).map(([name, count]) => make("li", {},
          make("span", { class: `swatch ${name}`, "aria-hidden": "true" }), make("b", {}, count), ` ${COLOURS[name]}`))),
        make("p", { class: "dim" }, "The larger a circle, the more models deleting one of its rows reaches. Point at one, or move from one to the next with the arrow keys, to see its cascade."),
      ];
    }
    const model = data.models[number];
    return [
      make("h2", {}, modelLink(number, model.label)),
      make("p", {}, verdict(model)),
      make("p", { class: "dim" }, reachWords(model)),
      make("ul", { class: "reached" }, model.plan.tables.filter(([other]) => other !== number).slice(0, 24)
        .map(([other, level]) => make("li", {}, make("span", { class: "level" }, level), modelLink(other)))),
    ];
  }

  function show(number) {
    const { x, y, r } = spots.get(number);
    const beside = Math.max(6 * r, 160);
    view.show({ x: x - beside, y: y - beside, width: 2 * beside, height: 2 * beside }, true, 6);
  }

  function showAll(number) {
    const all = [...reachedFrom(number)].filter((other) => spots.has(other)).map((other) => spots.get(other));
    view.show(around(all, 12), false, 4);
  }

  // One model at a time is on the way of Tab; arrows go to the nearest one in their direction.
  const order = [...spots.keys()];
  let current = chosen !== null && spots.has(chosen) ? chosen : order[0];
  links.get(current)?.setAttribute("tabindex", 0);
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  dots.addEventListener("keydown", (event) => {
    const direction = directions[event.key];
    if (!direction || event.shiftKey) return;
    event.preventDefault();
    const next = nearest(spots, current, direction);
    if (next === null) return;
    links.get(current).setAttribute("tabindex", -1);
    current = next;
    links.get(current).setAttribute("tabindex", 0);
    links.get(current).focus({ preventScroll: true });
    show(current);
  });
  dots.addEventListener("focusin", (event) => {
    for (const [number, link] of links) if (link === event.target) current = number;
  });
  dots.addEventListener("focusout", () => look(chosen));

  look(chosen);
  return {
    element: make("div", { class: "overview" }, view.frame, panel),
    shown() {
      view.fit(around(root.children || [], 24));
      if (chosen !== null && spots.has(chosen)) showAll(chosen);
    },
  };
}

// The rectangle around circles, with a margin.
function around(circles, margin) {
  const left = Math.min(...circles.map(({ x, r }) => x - r), Infinity) - margin;
  const top = Math.min(...circles.map(({ y, r }) => y - r), Infinity) - margin;
  const right = Math.max(...circles.map(({ x, r }) => x + r), -Infinity) + margin;
  const bottom = Math.max(...circles.map(({ y, r }) => y + r), -Infinity) + margin;
  return circles.length ? { x: left, y: top, width: right - left, height: bottom - top } : { x: 0, y: 0, width: 1, height: 1 };
}

// `ConsoleServerPort` in lines of about ten letters.
function broken(name) {
  const lines = [""];
  for (const part of name.match(/[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+/g) || [name]) {
    if (lines.at(-1) && lines.at(-1).length + part.length > 10) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines;
}

function nearest(spots, from, [right, down]) {
  const { x, y } = spots.get(from);
  let best = null;
  let least = Infinity;
  for (const [number, spot] of spots) {
    const [dx, dy] = [spot.x - x, spot.y - y];
    const ahead = dx * right + dy * down;
    if (number === from || ahead <= 0) continue;
    const cost = ahead + 3 * Math.abs(dx * down + dy * right);
    if (cost < least) [best, least] = [number, cost];
  }
  return best;
}
