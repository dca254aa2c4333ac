// Brings the page to life: the address says which test is open, everything else follows.

let opener = null; // what had the focus before the panel

function open(place) {
  if (location.hash === `#t${place}`) follow();
  else location.hash = `t${place}`;
}

function close() {
  history.replaceState(null, "", location.pathname + location.search);
  details.hide();
  (opener ?? document.getElementById("frame")).focus({ preventScroll: true });
  opener = null;
}

/** Show the test that the address names. */
function follow() {
  const found = /^#t(\d+)$/.exec(location.hash);
  const place = found ? Number(found[1]) : null;
  if (place === null || place >= run.tests.length) {
    details.hide();
    return;
  }
  const focused = document.activeElement;
  if (focused && focused !== document.body && !details.panel.contains(focused)) opener = focused;
  state.selected = place;
  picture.reveal(place);
  list.reveal(place);
  changed();
  details.show(place);
}

function makeTools() {
  const filter = make("input", { type: "search", id: "filter", placeholder: "Filter by name" });
  filter.setAttribute("aria-label", "Filter tests by name");
  filter.addEventListener("input", () => {
    state.text = filter.value.trim().toLowerCase();
    refilter();
  });
  const zooms = [
    ["+", "Zoom in", () => picture.zoom(2)],
    ["\u2212", "Zoom out", () => picture.zoom(0.5)],
    ["Fit", "Show the whole run", () => picture.fit()],
    ["\u2190", "Earlier", () => picture.move((state.from - state.to) / 2)],
    ["\u2192", "Later", () => picture.move((state.to - state.from) / 2)],
  ].map(([text, title, act]) => {
    const button = make("button", { type: "button", title, ariaLabel: title }, text);
    button.addEventListener("click", act);
    return button;
  });
  const keys = make(
    "p",
    { className: "soft keys", id: "keys" },
    "Drag to move, Ctrl and wheel to zoom. Keys: arrows go from test to test, Enter opens " +
      "one, + and \u2212 zoom, 0 shows the whole run.",
  );
  const group = make("div", { className: "group" }, ...zooms);
  return make("div", { className: "tools" }, filter, group, keys);
}

/** Make the counts of outcomes switches that show and hide tests. */
function makeSwitches() {
  for (const item of document.querySelectorAll("#outcomes li")) {
    const number = run.kinds.findIndex((kind) => kind.css === item.dataset.kind);
    const button = make("button", { type: "button", title: "Show or hide these tests" });
    button.append(...item.childNodes);
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      if (!state.hidden.delete(number)) state.hidden.add(number);
      button.setAttribute("aria-pressed", String(!state.hidden.has(number)));
      refilter();
    });
    item.append(button);
  }
}

function refilter() {
  list.refresh();
  changed();
}

function announce() {
  if (state.selected === null) return;
  const test = run.tests[state.selected];
  const said = `${test.id}: ${kindOf(test).label}, ${inWords(test.took)}`;
  if (said !== status.textContent) status.textContent = said;
}

const frame = document.getElementById("frame");
const status = make("p", { className: "soft", id: "status", role: "status" });
const picture = new Picture(frame, open);
const list = new List(document.getElementById("tests"), open);
const details = new Details(close);
frame.before(makeTools());
frame.after(status);
makeSwitches();
state.listeners.push(() => picture.refresh(), () => list.fill(), announce);
addEventListener("hashchange", follow);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !details.panel.hidden) close();
});
follow();
