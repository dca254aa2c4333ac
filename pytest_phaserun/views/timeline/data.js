"use strict";
// The run, what of it is to be seen, and how it is said. Text of tests reaches the page
// as text nodes alone.

const run = JSON.parse(document.getElementById("data").textContent);

/** What is to be seen; whoever changes it calls `changed`. */
const state = {
  selected: null, // place of a test
  text: "",
  hidden: new Set(), // numbers of kinds
  from: 0, // seconds
  to: run.wall || 1,
  listeners: [],
};

function changed() {
  for (const listener of state.listeners) listener();
}

const lowerIds = run.tests.map((test) => test.id.toLowerCase());

function isShown(place) {
  return !state.hidden.has(run.tests[place].kind) && lowerIds[place].includes(state.text);
}

function kindOf(test) {
  return run.kinds[test.kind];
}

/** Make an element; children are elements or texts. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function makeMark(kind) {
  return make("span", { className: `mark ${kind.css}`, "aria-hidden": "true" }, kind.mark);
}

/** Say a span as the rest of the page does. */
function inWords(seconds) {
  if (seconds <= 0) return "0 s";
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 59.995) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** Name an instant on the axis, with as many digits as `step` asks for. */
function onAxis(seconds, step) {
  if (!seconds) return "0";
  if (step < 1) return `${seconds.toFixed(Math.ceil(-Math.log10(step) - 1e-9))} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const end = two(whole % 60);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${end}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${end}`;
}

/** Return the next round number of seconds from `least` on. */
function roundStep(least) {
  for (let power = 1e-6; power < 1; power *= 10) {
    for (const factor of [1, 2, 5]) if (power * factor >= least) return power * factor;
  }
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800];
  return steps.find((step) => step >= least) ?? 3600 * Math.ceil(least / 3600);
}

/** All attempts in the lanes, each lane in the order of time. */
const bars = run.lanes.map(() => []);
run.tests.forEach((test, place) => {
  test.starts.forEach((start, number) => {
    const [begin, end] = start.span;
    bars[start.lane].push({ place, start, begin, end, kind: start.kind, isAgain: number > 0 });
  });
});
for (const lane of bars) lane.sort((a, b) => a.begin - b.begin);

/** Blocked tests by the place of the test that is to blame. */
const blockedBy = new Map();
run.tests.forEach((test, place) => {
  if (kindOf(test).css !== "blocked") return;
  if (!blockedBy.has(test.root)) blockedBy.set(test.root, []);
  blockedBy.get(test.root).push(place);
});

/** For each test, those that depend on it. */
const dependents = run.tests.map(() => []);
run.tests.forEach((test, place) => {
  for (const needed of test.needs ?? []) dependents[needed].push(place);
});

function lastStart(place) {
  const { starts } = run.tests[place];
  return starts[starts.length - 1];
}
