"use strict";
const page = document.documentElement;
const number = (cell) => Number(cell.textContent.replaceAll(",", ""));
const body = (name) => document.getElementById(name).tBodies[0];
const shown = () => (document.getElementById("lang-en").checked ? "en" : "zh");

// Language: the style sheet hides the other one; what is not part of the page follows.
const follow = () => {
  page.lang = shown() === "en" ? "en" : "zh-CN";
  document.title = document.querySelector(`h1 .${shown()}`).textContent;
};
for (const choice of document.querySelectorAll("input[name=lang]")) choice.addEventListener("change", follow);
follow();

// Search: rows that hold every word stay.
for (const field of document.querySelectorAll("input[data-for]")) {
  const rows = [...body(field.dataset.for).rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById(`count-${field.dataset.for}`);
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, k) => {
      row.hidden = !words.every((word) => texts[k].includes(word));
      found += !row.hidden;
    });
    count.textContent = `${found} / ${rows.length}`;
  };
  field.addEventListener("input", search);
  field.closest(".tool").hidden = false;
  search();
}

// Sorting: a button in each head; the first click sorts numbers from the largest.
for (const table of document.querySelectorAll("table[data-sorted]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, k) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const amounts = head.classList.contains("n");
      const down = head.ariaSort ? head.ariaSort === "ascending" : amounts;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => (amounts ? number(row.cells[k]) : row.cells[k].textContent);
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => (amounts ? value(a) - value(b) : value(a).localeCompare(value(b), "zh")) * (down ? -1 : 1));
      table.tBodies[0].append(...rows);
    });
  });
}

// The waterfall of a project, from its row among the balances and its row among the projects.
const choice = document.getElementById("project");
const drawn = document.getElementById("waterfall");
const balances = document.getElementById("balances");
const projects = document.getElementById("projects");
const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const changed = new Map([...projects.tBodies[0].rows].map((row) => [row.cells[0].textContent, row]));
const draw = () => {
  const row = balances.tBodies[0].rows[choice.selectedIndex];
  const other = changed.get(row.cells[0].textContent);
  const first = 3;
  const heads = [...balances.tHead.rows[0].cells].slice(first);
  const cells = [...row.cells].slice(first);
  const more = other ? [...other.cells].map((cell, k) => [cell, projects.tHead.rows[0].cells[k]]) : [];
  const [issued, cost, reserve, surplus, gap, undrawn, ready] = cells.map(number);
  const spans = [
    [0, issued, "plain"], [issued - cost, issued, "less"], [issued - cost - reserve, issued - cost, "less"],
    [0, surplus, "more"], [-gap, 0, "less"], [0, undrawn, "plain"], [0, ready, "more"],
  ];
  const n = more.length;
  if (n) {
    const [, out, into, , , open] = more.slice(n - 6).map(([cell]) => number(cell));
    for (const [k, span] of [[n - 5, [0, out, "less"]], [n - 4, [-gap, -gap + into, "more"]], [n - 1, [-open, 0, "less"]]]) {
      cells.push(more[k][0]);
      heads.push(more[k][1]);
      spans.push(span);
    }
  }
  const low = Math.min(0, ...spans.map((span) => span[0]));
  const high = Math.max(0.01, ...spans.map((span) => span[1]));
  const at = (value) => ((value - low) / (high - low)) * 1000;
  drawn.replaceChildren(...spans.map(([from, to, kind], k) => {
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.append(...(heads[k].querySelector("button") ?? heads[k]).cloneNode(true).childNodes);
    const amount = document.createElement("td");
    amount.className = "n";
    amount.textContent = cells[k].textContent;
    const bar = svg("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" });
    bar.append(svg("rect", { class: kind, x: at(from), width: Math.max(0, at(to) - at(from)), height: 10 }));
    bar.append(svg("line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: 10 }));
    const place = document.createElement("td");
    place.append(bar);
    line.append(name, amount, place);
    return line;
  }));
};
for (const row of balances.tBodies[0].rows) {
  const [id, name] = [row.cells[0].textContent, row.cells[1].textContent];
  choice.append(new Option(name ? `${id} ${name}` : id, id));
}
if (choice.options.length) {
  const largest = [...balances.tBodies[0].rows].map((row) => number(row.cells[9]) + number(row.cells[7]));
  choice.selectedIndex = largest.indexOf(Math.max(...largest));
  choice.addEventListener("change", draw);
  document.getElementById("choose").hidden = false;
  draw();
}

// On paper everything is open, and heads are plain texts: browsers do not repeat buttons on each sheet.
const buttons = [...document.querySelectorAll("thead button")].map((button) => [button, button.parentElement]);
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
  for (const [button, head] of buttons) head.replaceChildren(...button.childNodes);
});
addEventListener("afterprint", () => {
  for (const [button, head] of buttons) {
    button.append(...head.childNodes);
    head.append(button);
  }
});
