// All that is known of one test, in a panel beside the rest.

class Details {
  /** @param close is called when the reader has seen enough. */
  constructor(close) {
    this.panel = make("aside", { id: "details", hidden: true });
    this.panel.setAttribute("aria-labelledby", "details-title");
    document.body.append(this.panel);
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    this.close = close;
  }

  hide() {
    this.panel.hidden = true;
  }

  show(place) {
    const test = run.tests[place];
    const title = make("h2", { id: "details-title", tabIndex: -1 }, test.id);
    const close = make("button", { className: "close", type: "button", ariaLabel: "Close" }, "✕");
    close.addEventListener("click", this.close);
    const parts = [this.listFacts(test, place), ...this.tell(test, place)];
    this.panel.replaceChildren(title, close, ...parts);
    this.panel.hidden = false;
    this.panel.scrollTop = 0;
    title.focus();
  }

  listFacts(test, place) {
    const kind = kindOf(test);
    const facts = make("dl");
    const add = (name, ...said) => facts.append(make("dt", {}, name), make("dd", {}, ...said));
    add("outcome", makeMark(kind), ` ${kind.label}`);
    if (test.limit) add("limit", inWords(test.limit));
    if (test.reason) add("reason", test.reason);
    if (test.root !== undefined) add("root cause", makeLink(test.root));
    if (test.where) add("where", make("code", {}, test.where));
    add("phase", String(test.phase));
    test.starts.forEach((start, number) => {
      const [begin, end] = start.span;
      const lane = run.lanes[start.lane].label;
      const name = test.starts.length > 1 ? `attempt ${number + 1}` : "ran";
      const ended = run.kinds[start.kind].label;
      add(name, `${lane}, ${inWords(end - begin)} from ${inWords(begin)} on: ${ended}`);
      for (const stage of start.stages) {
        const took = inWords(stage.span[1] - stage.span[0]);
        add(`\u00a0\u00a0${stage.when}`, `${took}: ${stage.outcome}`);
      }
    });
    if (test.alone) add("alone", test.alone);
    if (test.needs) add("depends on", makeLinks(test.needs));
    if (dependents[place].length) add("needed by", makeLinks(dependents[place]));
    if (run.critical.includes(place)) add("critical path", "is part of it");
    return facts;
  }

  /** Return what was said and printed; of failures it stands in the page already. */
  tell(test, place) {
    const told = document.querySelector(`#f${place} > .told`);
    if (told) return [told.cloneNode(true)];
    const parts = [];
    for (const [title, text] of test.notes ?? []) {
      parts.push(make("h3", {}, title), make("pre", { tabIndex: 0 }, text));
    }
    for (const stage of test.starts.flatMap((start) => start.stages)) {
      if (stage.text || stage.output) {
        parts.push(make("h3", {}, `${stage.when}: ${stage.outcome}`));
      }
      if (stage.text) parts.push(make("pre", { tabIndex: 0 }, stage.text));
      for (const [title, text] of stage.output ?? []) {
        parts.push(make("h4", {}, title), make("pre", { tabIndex: 0 }, text));
      }
    }
    return parts;
  }
}

function makeLink(place) {
  return make("a", { href: `#t${place}` }, make("code", {}, run.tests[place].id));
}

function makeLinks(places) {
  const most = 50;
  const items = places.slice(0, most).map((place) => make("li", {}, makeLink(place)));
  if (places.length > most) items.push(make("li", {}, `and ${places.length - most} more`));
  return make("ul", {}, ...items);
}
