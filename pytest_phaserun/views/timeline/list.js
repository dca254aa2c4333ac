// All tests as a list of which only the rows in sight are in the page.

const ROW = 30; // pixels, as in the style sheet
const SPARE = 8; // rows above and below those in sight

/** Return when a test started; those that did not come last. */
function begin(place) {
  return run.tests[place].starts[0]?.span[0] ?? run.wall + 1;
}

const ORDERS = {
  "in the order of the plan": null,
  "in the order of their starts": (a, b) => begin(a) - begin(b),
  "slowest first": (a, b) => run.tests[b].took - run.tests[a].took,
  "worst first": (a, b) => run.tests[a].kind - run.tests[b].kind,
  "by name": (a, b) => (run.tests[a].id < run.tests[b].id ? -1 : 1),
};

class List {
  /** @param select is called with the place of a test that was chosen. */
  constructor(parent, select) {
    this.select = select;
    this.count = make("small");
    this.order = make("select", { "aria-label": "Order of the tests" });
    for (const name of Object.keys(ORDERS)) this.order.append(make("option", {}, name));
    this.order.addEventListener("change", () => this.refresh());
    this.space = make("div", { role: "presentation" });
    this.element = make("div", { id: "list", tabIndex: 0, role: "listbox" }, this.space);
    this.element.setAttribute("aria-label", "Tests");
    this.element.addEventListener("scroll", () => this.fill());
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.select(Number(row.dataset.place));
    });
    parent.querySelector("h2").append(this.count);
    parent.append(make("div", { className: "tools" }, this.order), this.element);
    document.getElementById("plain").remove();
    new ResizeObserver(() => this.fill()).observe(this.element);
    this.refresh();
  }

  refresh() {
    this.places = run.tests.map((_, place) => place).filter(isShown);
    const compare = ORDERS[this.order.value];
    if (compare) this.places.sort(compare);
    this.count.textContent = `${this.places.length} of ${run.tests.length}`;
    this.space.style.height = `${this.places.length * ROW}px`;
    this.fill();
  }

  /** Put the rows in sight into the page. */
  fill() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const last = Math.min(this.places.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    const rows = [];
    for (let n = first; n < last; n += 1) rows.push(this.makeRow(n));
    this.space.replaceChildren(...rows);
    const active = document.getElementById(`row-${state.selected}`);
    if (active) this.element.setAttribute("aria-activedescendant", active.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  makeRow(number) {
    const place = this.places[number];
    const test = run.tests[place];
    const kind = kindOf(test);
    const row = make(
      "div",
      { className: "row", id: `row-${place}`, role: "option" },
      make("span", {}, makeMark(kind), make("span", { className: "wide" }, ` ${kind.label}`)),
      make("code", { title: test.id }, test.id),
      make("span", { className: "wide soft" }, test.where ?? ""),
      make("span", { className: "wide soft" }, `phase ${test.phase}`),
      make("span", {}, test.starts.length ? inWords(test.took) : ""),
    );
    row.dataset.place = place;
    row.setAttribute("aria-selected", String(place === state.selected));
    row.setAttribute("aria-posinset", String(number + 1));
    row.setAttribute("aria-setsize", String(this.places.length));
    row.style.top = `${number * ROW}px`;
    return row;
  }

  /** Scroll so that a test is in sight. */
  reveal(place) {
    const top = this.places.indexOf(place) * ROW;
    if (top < 0) return;
    const { scrollTop, clientHeight } = this.element;
    const least = top + ROW - clientHeight;
    this.element.scrollTop = Math.max(least, Math.min(top, scrollTop));
  }

  onKey(event) {
    const page = Math.floor(this.element.clientHeight / ROW);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const now = this.places.indexOf(state.selected);
    let next;
    if (event.key in steps) next = now + steps[event.key];
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = this.places.length - 1;
    else if (event.key === "Enter" && now >= 0) this.select(this.places[now]);
    else return;
    event.preventDefault();
    if (next === undefined || !this.places.length) return;
    state.selected = this.places[Math.min(Math.max(next, 0), this.places.length - 1)];
    this.reveal(state.selected);
    changed();
  }
}
