// Pictures: dagre lays out in a worker, d3 pans and zooms. Neither knows what is drawn.

let worker = null;
let asked = 0;
const waiting = new Map();

function startWorker() {
  // From disk a worker can be no module: what it would export is in reach of what is added here.
  const module = document.getElementById("module").textContent.replace(/^export .*$/gm, "");
  const answer = `
self.onmessage = ({ data: { number, nodes, edges, options } }) => {
  const state = {};
  try {
    dagre.layout(nodes, edges, options, state);
    self.postMessage({ number, nodes, edges });
  } catch (error) {
    self.postMessage({ number, failure: String(error) });
  }
};`;
  const url = URL.createObjectURL(new Blob([module, answer], { type: "text/javascript" }));
  worker = new Worker(url);
  worker.onmessage = ({ data: { number, failure, ...laid } }) => {
    const { resolve, reject } = waiting.get(number);
    waiting.delete(number);
    if (failure) reject(new Error(failure));
    else resolve(laid);
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message || "no worker"));
    waiting.clear();
  };
}

// `nodes` have v, width, height; `edges` have v, w. They come back with x, y and points.
function layOut(nodes, links, options) {
  if (!worker) startWorker();
  const number = (asked += 1);
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject });
    worker.postMessage({ number, nodes, edges: links, options });
  });
}

// An SVG that can be panned and zoomed by mouse, touch, buttons and keys. `wheel` alone zooms, else with Ctrl only.
function zoomable(title, inner, { wheel = false, largest = 8, zoomed = () => {} } = {}) {
  const svg = draw("svg", { class: "canvas", role: "group", "aria-label": title }, inner);
  let box = { x: 0, y: 0, width: 1, height: 1 };
  const zoom = d3.zoom()
    .scaleExtent([0.05, largest])
    .filter(() => (d3.event.type === "wheel" ? wheel || d3.event.ctrlKey || d3.event.metaKey : !d3.event.button))
    .on("zoom", () => {
      inner.setAttribute("transform", d3.event.transform.toString());
      zoomed(d3.event.transform.k);
    });
  const selection = d3.select(svg).call(zoom).on("dblclick.zoom", null);
  const moving = (slow) => (slow && !calm.matches ? selection.transition().duration(250) : selection);

  function show(target, slow, most = 1.6) {
    const { width, height } = svg.getBoundingClientRect();
    if (!width || !height) return;
    const scale = Math.min(most, 0.94 * Math.min(width / target.width, height / target.height));
    moving(slow).call(zoom.transform, d3.zoomIdentity
      .translate(width / 2, height / 2).scale(scale)
      .translate(-target.x - target.width / 2, -target.y - target.height / 2));
  }

  // At least so large that it can be read, from where it starts.
  function begin(area, start) {
    show(area, false);
    const { width, height } = svg.getBoundingClientRect();
    if (!start || d3.zoomTransform(svg).k >= 0.6) return;
    const y = Math.min(Math.max(start.y, height / 1.3), Math.max(area.height - height / 1.3, height / 1.3));
    selection.call(zoom.transform, d3.zoomIdentity.translate(16 + Math.max(0, width - area.width * 0.65) / 2, height / 2)
      .scale(0.65).translate(-start.x, -y));
  }

  const by = (factor) => moving(true).call(zoom.scaleBy, factor);
  const pan = (x, y) => selection.call(zoom.translateBy, x / d3.zoomTransform(svg).k, y / d3.zoomTransform(svg).k);
  const keys = {
    "+": () => by(1.4), "=": () => by(1.4), "-": () => by(1 / 1.4), 0: () => show(box, true),
    ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0), ArrowUp: () => pan(0, 60), ArrowDown: () => pan(0, -60),
  };
  const button = (words, name, act) => make("button", { type: "button", "aria-label": name, title: name, onclick: act }, words);
  const tools = make("div", { class: "tools", role: "toolbar", "aria-label": "Zoom" },
    button("+", "Zoom in", keys["+"]), button("−", "Zoom out", keys["-"]), button("⤢", "Show all", keys[0]));
  const frame = make("div", {
    class: "frame", tabindex: 0, role: "group",
    "aria-label": `${title}. Arrow keys pan, plus and minus zoom, 0 shows all.`,
    onkeydown: (event) => {
      const act = event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented ? null : keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    },
  }, svg, tools);
  return {
    frame, svg, show,
    fit(area, start) {
      box = area;
      begin(area, start);
    },
  };
}
