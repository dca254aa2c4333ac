// The picture on a canvas: from seconds and lanes to pixels. Draws what is told by
// `state`, and says what lies at a point; changes nothing.

const LANE = 26;
const BAR = 18;
const HEAD = 22;
const AXIS = 24;
//: Pixels from which a bar has room for its stages, and for a name.
const ROOM_FOR_STAGES = 5;
const ROOM_FOR_NAME = 44;

class Drawing {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    const rows = run.bands.reduce((most, band) => Math.max(most, band.row + 1), 1);
    this.top = HEAD * rows + 4;
    this.bottom = this.top + LANE * (run.lanes.length + (blockedBy.size ? 1 : 0));
    this.height = this.bottom + AXIS;
    this.critical = new Set(run.critical);
    this.squares = []; // of blocked tests, as drawn: {x, place}
    this.readColours();
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["text", "soft", "line", "accent", "path", "band-0", "band-1", "idle"];
    this.colours = {};
    for (const name of [...names, "window", "on-bar", "ground"]) {
      this.colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    this.fills = run.kinds.map((kind) => style.getPropertyValue(`--${kind.css}`).trim());
    this.idle = this.makeHatch(this.colours.idle, 6, 1.5);
    this.stopped = this.makeHatch(this.colours["on-bar"], 5, 1.2);
  }

  makeHatch(colour, size, width) {
    const tile = make("canvas", { width: size * 2, height: size * 2 });
    const context = tile.getContext("2d");
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (let x = -size * 2; x <= size * 4; x += size) {
      context.moveTo(x, size * 2);
      context.lineTo(x + size * 2, 0);
    }
    context.stroke();
    return this.context.createPattern(tile, "repeat");
  }

  x(instant) {
    const share = (instant - state.from) / (state.to - state.from);
    return this.gutter + share * (this.width - this.gutter - 4);
  }

  instant(x) {
    const share = (x - this.gutter) / (this.width - this.gutter - 4);
    return state.from + share * (state.to - state.from);
  }

  laneTop(lane) {
    return this.top + LANE * lane;
  }

  draw() {
    const { canvas, context } = this;
    this.width = canvas.parentElement.clientWidth;
    this.gutter = this.width < 600 ? 52 : 76;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    canvas.style.height = `${this.height}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = "12px system-ui, sans-serif";
    context.save();
    context.beginPath();
    context.rect(this.gutter, 0, this.width - this.gutter, this.height);
    context.clip();
    this.drawBands();
    this.drawAxis();
    this.drawWindows();
    run.lanes.forEach((lane, number) => this.drawIdle(lane, number));
    this.drawCauses();
    this.drawCriticalLinks();
    bars.forEach((lane, number) => this.drawLane(lane, number));
    for (const place of run.critical) this.frame(place, this.colours.path, 2);
    this.drawBlocked();
    this.drawSelected();
    context.restore();
    this.drawNames();
  }

  fill(begin, end, y, height, colour) {
    const left = Math.max(this.x(begin), this.gutter);
    const right = Math.min(this.x(end), this.width);
    if (right < this.gutter || left > this.width) return;
    this.context.fillStyle = colour;
    this.context.fillRect(left, y, Math.max(right - left, 0.5), height);
  }

  write(text, x, y, room, colour) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y - 16, room, 22);
    context.clip();
    context.fillStyle = colour;
    context.fillText(text, x, y);
    context.restore();
  }

  drawBands() {
    const isTiled = run.bands.every((band) => band.row === 0);
    run.bands.forEach((band, number) => {
      const [begin, end] = band.span;
      if (this.x(end) - this.x(begin) < 1) return;
      const y = HEAD * band.row;
      const height = isTiled ? this.bottom : HEAD - 4;
      this.fill(begin, end, y, height, this.colours[`band-${number % 2}`]);
      const left = Math.max(this.x(begin), this.gutter);
      const room = this.x(end) - left - 6;
      const name = `phase ${band.phase}`;
      const text = [`${name} · ${inWords(end - begin)}`, name, `${band.phase}`].find(
        (each) => this.context.measureText(each).width <= room,
      );
      if (text) this.write(text, left + 5, y + 15, room, this.colours.soft);
    });
  }

  drawAxis() {
    const { context } = this;
    const most = Math.max(2, Math.min(10, Math.floor(this.width / 90)));
    const step = roundStep((state.to - state.from) / most);
    context.strokeStyle = this.colours.line;
    context.lineWidth = 1;
    for (let n = Math.ceil(state.from / step); n * step <= state.to; n += 1) {
      const x = Math.round(this.x(n * step)) + 0.5;
      context.beginPath();
      context.moveTo(x, this.top);
      context.lineTo(x, this.bottom + 4);
      context.stroke();
      if (x > this.width - 44) continue;
      this.write(onAxis(n * step, step), x + 3, this.bottom + 16, 80, this.colours.soft);
    }
  }

  drawWindows() {
    const height = LANE * run.lanes.length;
    for (const [begin, end] of run.windows) {
      this.fill(begin, end, this.top, height, this.colours.window);
    }
  }

  /** Yield the bars of a lane that can be seen; they do not overlap. */
  *visible(lane) {
    let low = 0;
    let high = lane.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lane[middle].end < state.from) low = middle + 1;
      else high = middle;
    }
    for (let n = low; n < lane.length && lane[n].begin <= state.to; n += 1) yield lane[n];
  }

  drawIdle(lane, number) {
    const y = this.laneTop(number) + 4;
    for (const [begin, end] of lane.idle) {
      if (this.x(end) - this.x(begin) > 1) this.fill(begin, end, y, BAR, this.idle);
    }
  }

  drawLane(lane, number) {
    const y = this.laneTop(number) + 4;
    let column = -1; // of the last bar that was too short to be seen by itself
    let worst = Infinity;
    for (const bar of this.visible(lane)) {
      const x = this.x(bar.begin);
      const width = this.x(bar.end) - x;
      if (width < 1) {
        // Of many in one column of pixels the worst is seen.
        const rank = isShown(bar.place) ? bar.kind : Infinity;
        if (Math.floor(x) === column && rank >= worst) continue;
        column = Math.floor(x);
        worst = rank;
      }
      this.drawBar(bar, x, Math.max(width, 1), y);
    }
  }

  drawBar(bar, x, width, y) {
    const { context } = this;
    context.globalAlpha = isShown(bar.place) ? 1 : 0.15;
    // Two neighbours are told apart by a hair of the ground.
    const inner = width > 3 ? width - 0.75 : width;
    context.fillStyle = this.fills[bar.kind];
    context.fillRect(x, y, inner, BAR);
    if (width >= ROOM_FOR_STAGES) this.drawStages(bar, y);
    if (run.kinds[bar.kind].css === "timeout") {
      const alpha = context.globalAlpha;
      context.globalAlpha = alpha * 0.4;
      context.fillStyle = this.stopped;
      context.fillRect(x, y, inner, BAR);
      context.globalAlpha = alpha;
    }
    if (width >= ROOM_FOR_NAME) {
      const test = run.tests[bar.place];
      const mark = bar.isAgain ? "↻" : run.kinds[bar.kind].mark;
      const left = Math.max(x, this.gutter);
      const text = `${mark} ${test.id.split("::").pop()}`;
      this.write(text, left + 5, y + 13, x + inner - left - 8, this.colours["on-bar"]);
    } else if (width >= 12 && (bar.isAgain || run.kinds[bar.kind].css !== "passed")) {
      const mark = bar.isAgain ? "↻" : run.kinds[bar.kind].mark;
      this.write(mark, x + 2, y + 13, width, this.colours["on-bar"]);
    }
    context.globalAlpha = 1;
  }

  drawStages(bar, y) {
    const { context } = this;
    const alpha = context.globalAlpha;
    context.globalAlpha = alpha * 0.4;
    for (const stage of bar.start.stages) {
      const [begin, end] = stage.span;
      if (stage.when === "setup" || stage.when === "teardown") {
        if (end <= bar.end) this.fill(begin, end, y, BAR, this.colours.ground);
      }
    }
    context.globalAlpha = alpha;
  }

  frame(place, colour, width) {
    const { context } = this;
    const test = run.tests[place];
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const { lane, span } of test.starts) {
      const x = this.x(span[0]);
      if (x > this.width || this.x(span[1]) < this.gutter) continue;
      const wide = Math.max(this.x(span[1]) - x, 2);
      context.strokeRect(x, this.laneTop(lane) + 4, wide, BAR);
    }
  }

  drawCriticalLinks() {
    for (let n = 1; n < run.critical.length; n += 1) {
      this.drawLink(run.critical[n - 1], run.critical[n], this.colours.path, 1.5);
    }
  }

  /** Draw a line from the end of a test to the begin of another one. */
  drawLink(from, to, colour, width) {
    const [first, second] = [lastStart(from), lastStart(to)];
    if (!first || !second) return;
    const { context } = this;
    const [x, y] = [this.x(first.span[1]), this.laneTop(first.lane) + 13];
    const [endX, endY] = [this.x(second.span[0]), this.laneTop(second.lane) + 13];
    if (Math.max(x, endX) < this.gutter || Math.min(x, endX) > this.width) return;
    const bend = Math.max(8, Math.abs(endX - x) / 2);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(x + bend, y, endX - bend, endY, endX, endY);
    context.stroke();
  }

  /** Return the tests that have blocked others, each with where it ended. */
  findRoots() {
    const roots = [...blockedBy.keys()].filter(lastStart);
    const ends = roots.map((root) => ({ root, x: this.x(lastStart(root).span[1]) }));
    return ends.sort((a, b) => a.x - b.x);
  }

  drawCauses() {
    const y = this.laneTop(run.lanes.length) + 4;
    for (const { root, x } of this.findRoots()) this.drawCause(root, x, y, this.colours.soft);
  }

  drawBlocked() {
    this.squares = [];
    const y = this.laneTop(run.lanes.length) + 4;
    const roots = this.findRoots();
    roots.forEach(({ root, x }, number) => {
      const until = roots[number + 1]?.x ?? this.width;
      this.drawSquares(blockedBy.get(root), x, y, until);
    });
  }

  drawCause(root, x, y, colour) {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x, this.laneTop(lastStart(root).lane) + 4 + BAR);
    context.lineTo(x, y);
    context.stroke();
    context.setLineDash([]);
  }

  /** Draw a square for each blocked test as far as there is room, and their number. */
  drawSquares(places, x, y, until) {
    const { context } = this;
    const room = Math.max(1, Math.min(12, Math.floor((until - x - 44) / 10)));
    const shown = places.slice(0, room);
    shown.forEach((place, number) => {
      const left = x + number * 10;
      context.globalAlpha = isShown(place) ? 1 : 0.25;
      context.fillStyle = this.fills[run.tests[place].kind];
      context.fillRect(left, y, 8, BAR);
      if (place === state.selected) {
        context.strokeStyle = this.colours.accent;
        context.lineWidth = 2;
        context.strokeRect(left, y, 8, BAR);
      }
      this.squares.push({ x: left, place });
    });
    context.globalAlpha = 1;
    const left = x + shown.length * 10 + 4;
    if (until - left > 20) this.write(`⊘ ${places.length}`, left, y + 13, 60, this.colours.soft);
  }

  drawSelected() {
    const { selected } = state;
    if (selected === null) return;
    const test = run.tests[selected];
    for (const needed of test.needs ?? []) this.drawLink(needed, selected, this.colours.accent, 2);
    for (const place of dependents[selected]) {
      this.drawLink(selected, place, this.colours.accent, 1);
    }
    this.frame(selected, this.colours.accent, 3);
    if (test.root !== undefined && lastStart(test.root)) {
      const x = this.x(lastStart(test.root).span[1]);
      this.frame(test.root, this.colours.accent, 2);
      this.drawCause(test.root, x, this.laneTop(run.lanes.length) + 4, this.colours.accent);
    }
  }

  drawNames() {
    run.lanes.forEach((lane, number) => {
      this.write(lane.label, 0, this.laneTop(number) + 17, this.gutter - 4, this.colours.text);
    });
    if (blockedBy.size) {
      const y = this.laneTop(run.lanes.length) + 17;
      this.write("blocked", 0, y, this.gutter - 4, this.colours.text);
    }
  }

  /** Return the place of the test at a point, or null. */
  at(x, y) {
    if (x < this.gutter) return null;
    const lane = Math.floor((y - this.top) / LANE);
    if (lane === run.lanes.length) {
      const square = this.squares.find((each) => x >= each.x - 1 && x <= each.x + 9);
      return square ? square.place : null;
    }
    let nearest = null;
    let least = 4; // pixels
    for (const bar of this.visible(bars[lane] ?? [])) {
      const away = Math.max(this.x(bar.begin) - x, x - this.x(bar.end), 0);
      if (away < least) [nearest, least] = [bar.place, away];
    }
    return nearest;
  }
}
