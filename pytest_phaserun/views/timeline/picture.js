// What pointer and keys do to the picture.

//: At most so many seconds are seen at once when fully zoomed in.
const SHORTEST = 1e-3;

class Picture {
  /** @param select is called with the place of a test that was chosen. */
  constructor(frame, select) {
    this.frame = frame;
    this.select = select;
    this.canvas = make("canvas");
    this.hint = make("div", { className: "hint", hidden: true });
    document.getElementById("picture").remove();
    frame.classList.remove("scroll");
    frame.classList.add("drawn");
    frame.setAttribute("role", "application");
    frame.setAttribute("aria-label", "Timeline of the tests");
    frame.setAttribute("aria-describedby", "keys");
    frame.prepend(this.canvas, this.hint);
    this.drawing = new Drawing(this.canvas);
    this.isDue = false;
    this.listen();
    this.refresh();
  }

  /** Draw once before the next picture, however often it is called. */
  refresh() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.drawing.draw();
    });
  }

  listen() {
    new ResizeObserver(() => this.refresh()).observe(this.frame);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.drawing.readColours();
      this.refresh();
    });
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", () => { this.drag = null; });
    canvas.addEventListener("pointerleave", () => { this.hint.hidden = true; });
    canvas.addEventListener("dblclick", (event) => this.zoom(3, event.offsetX));
    this.frame.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** Show fewer seconds, `factor` times; the instant at `x` stays where it is. */
  zoom(factor, x = (this.drawing.gutter + this.drawing.width) / 2) {
    const seconds = state.to - state.from;
    const wanted = Math.min(Math.max(seconds / factor, SHORTEST), run.wall || 1);
    const fixed = this.drawing.instant(x);
    const share = (fixed - state.from) / seconds;
    this.show(fixed - share * wanted, wanted);
  }

  show(from, seconds) {
    const most = Math.max((run.wall || 1) - seconds, 0);
    state.from = Math.min(Math.max(from, 0), most);
    state.to = state.from + seconds;
    changed();
  }

  fit() {
    this.show(0, run.wall || 1);
  }

  move(seconds) {
    this.show(state.from + seconds, state.to - state.from);
  }

  /** See to it that a test can be seen. */
  reveal(place) {
    const start = lastStart(run.tests[place].root ?? place) ?? lastStart(place);
    if (!start) return;
    const [begin, end] = start.span;
    let seconds = state.to - state.from;
    const isWide = (end - begin) / seconds > 0.004;
    if (isWide && begin >= state.from && end <= state.to) return;
    if (!isWide) seconds = Math.min(Math.max((end - begin) * 40, SHORTEST), run.wall || 1);
    this.show((begin + end - seconds) / 2, seconds);
  }

  onWheel(event) {
    if (event.ctrlKey || event.metaKey) {
      this.zoom(Math.exp(-event.deltaY / 300), event.offsetX);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.move((event.deltaX / this.drawing.width) * (state.to - state.from));
    } else {
      return; // the page scrolls
    }
    event.preventDefault();
  }

  onDown(event) {
    this.drag = { x: event.offsetX, from: state.from, hasMoved: false };
    this.canvas.setPointerCapture(event.pointerId);
  }

  onMove(event) {
    const { drag, drawing } = this;
    if (!drag) {
      this.showHint(event);
      return;
    }
    const moved = event.offsetX - drag.x;
    if (Math.abs(moved) > 4) drag.hasMoved = true;
    if (!drag.hasMoved) return;
    this.hint.hidden = true;
    const seconds = state.to - state.from;
    this.show(drag.from - (moved / (drawing.width - drawing.gutter)) * seconds, seconds);
  }

  onUp(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag || drag.hasMoved) return;
    const place = this.drawing.at(event.offsetX, event.offsetY);
    if (place !== null) this.select(place);
  }

  showHint(event) {
    const place = this.drawing.at(event.offsetX, event.offsetY);
    this.canvas.style.cursor = place === null ? "" : "pointer";
    this.hint.hidden = place === null;
    if (place === null) return;
    const test = run.tests[place];
    this.hint.textContent = `${test.id}: ${kindOf(test).label}, ${inWords(test.took)}`;
    const right = this.drawing.width - this.hint.offsetWidth - 4;
    this.hint.style.left = `${Math.max(0, Math.min(event.offsetX + 12, right))}px`;
    this.hint.style.top = `${event.offsetY + 18}px`;
  }

  onKey(event) {
    const seconds = state.to - state.from;
    const actions = {
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      0: () => this.fit(),
      PageUp: () => this.move(-seconds / 2),
      PageDown: () => this.move(seconds / 2),
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      ArrowDown: () => this.change(1),
      ArrowUp: () => this.change(-1),
      Enter: () => { if (state.selected !== null) this.select(state.selected); },
    };
    const action = actions[event.key];
    if (!action || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  }

  /** Go to the next test of the lane that is not filtered out. */
  step(direction) {
    const start = state.selected === null ? undefined : lastStart(state.selected);
    if (!start) {
      this.enter();
      return;
    }
    const lane = bars[start.lane];
    let n = lane.findIndex((bar) => bar.start === start) + direction;
    while (lane[n] && !isShown(lane[n].place)) n += direction;
    if (lane[n]) this.mark(lane[n].place);
  }

  /** Go to the lane above or below, to what is nearest in time. */
  change(direction) {
    const start = state.selected === null ? undefined : lastStart(state.selected);
    if (!start) {
      this.enter();
      return;
    }
    const middle = (bar) => Math.abs(bar.begin + bar.end - start.span[0] - start.span[1]);
    for (let n = start.lane + direction; bars[n]; n += direction) {
      const found = bars[n].filter((bar) => isShown(bar.place));
      if (found.length) {
        this.mark(found.reduce((a, b) => (middle(b) < middle(a) ? b : a)).place);
        return;
      }
    }
  }

  enter() {
    const first = bars.flat().filter((bar) => isShown(bar.place));
    if (first.length) this.mark(first.reduce((a, b) => (b.begin < a.begin ? b : a)).place);
  }

  mark(place) {
    state.selected = place;
    this.reveal(place);
    changed();
  }
}
