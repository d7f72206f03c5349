// Results are typed, or pasted from a spreadsheet, into rows of which only those in view are drawn:
// five thousand scroll as fast as five. They are sent as the table they are.
"use strict";

for (const form of document.querySelectorAll("form[data-grid]")) {
  const box = form.querySelector(".sheet"), head = box.querySelector("thead tr"), body = box.querySelector("tbody");
  const told = form.querySelector("[data-count]"), message = form.querySelector(".message");
  const own = JSON.parse(form.dataset.columns);  // [[name, what is shown], ..]
  const labels = new Map(own);
  const beyond = 8;  // rows above and below those in view
  let columns = own.map(([name]) => name), rows = [], before = null, height = 40, drawn = "";

  const label = (name) => labels.get(name) || name;
  const blank = () => columns.map(() => "");
  const filled = () => rows.slice(0, rows.findLastIndex((row) => row.some(Boolean)) + 1);

  function remember() {
    const typed = filled();
    told.textContent = told.dataset.count.replace("{n}", typed.filter((row) => row.some(Boolean)).length);
    told.hidden = !typed.length;
    if (typed.length) keeper(form).setItem(kept(form), JSON.stringify({ columns, rows: typed }));
    else keeper(form).removeItem(kept(form));
    while (rows.length < 3 || rows.at(-1).some(Boolean)) rows.push(blank());
  }

  function cell(at, column) {
    const place = document.createElement("td"), field = document.createElement("input");
    field.value = rows[at][column];
    field.autocomplete = "off";
    field.setAttribute("aria-label", `${label(columns[column])} ${at + 2}`);
    Object.assign(field.dataset, { at, column });
    place.append(field);
    return place;
  }

  function line(at) {
    const made = document.createElement("tr"), number = document.createElement("th");
    number.scope = "row";
    number.textContent = at + 2;
    made.append(number, ...columns.map((_name, column) => cell(at, column)));
    return made;
  }

  function space(rowsLeft) {
    const made = document.createElement("tr");
    made.style.height = `${rowsLeft * height}px`;
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function draw(again) {
    const first = Math.max(0, Math.floor(box.scrollTop / height) - beyond);
    const last = Math.min(rows.length, first + Math.ceil(box.clientHeight / height) + 2 * beyond);
    if (!again && drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    const { at, column } = body.contains(document.activeElement) ? document.activeElement.dataset : {};
    const lines = Array.from({ length: last - first }, (_nothing, i) => line(first + i));
    body.replaceChildren(space(first), ...lines, space(rows.length - last));
    if (at !== undefined) go(Number(at), Number(column), true);
  }

  function titles() {
    const names = columns.map((name) => {
      const title = document.createElement("th");
      title.scope = "col";
      title.textContent = label(name);
      return title;
    });
    const corner = document.createElement("td");
    corner.textContent = 1;
    head.replaceChildren(corner, ...names);
    head.parentElement.parentElement.setAttribute("aria-rowcount", rows.length + 1);
    draw(true);
  }

  const field = (at, column) => body.querySelector(`input[data-at="${at}"][data-column="${column}"]`);

  // To a cell, which may have to come into view first.
  function go(at, column, still) {
    if (!still && !field(at, column)) {
      box.scrollTop = Math.max(0, at * height - box.clientHeight / 2);
      draw();
    }
    const there = field(at, column);
    if (there) there.focus({ preventScroll: still });
  }

  function put(text, at, column) {
    const cells = split(text, own.map(([name]) => name));
    const named = cells[0].some((each) => labels.has(each.trim()));
    const names = named ? cells.shift().map((each) => each.trim()) : [];
    const wide = cells.reduce((most, row) => Math.max(most, row.length), 0);
    const places = named ? names : columns.slice(column, column + wide);
    if (!named && column + wide > columns.length) {
      return shown(message, [form.dataset.wide.replace("{n}", wide).replace("{m}", columns.length - column)]);
    }
    before = { columns, rows: rows.map((row) => [...row]) };
    const more = [...new Set(places)].filter((name) => name && !columns.includes(name));
    columns = [...columns, ...more];
    const to = places.map((name) => columns.indexOf(name));
    for (const row of rows) while (row.length < columns.length) row.push("");
    cells.forEach((row, i) => {
      while (rows.length <= at + i) rows.push(blank());
      row.forEach((each, k) => { if (to[k] >= 0) rows[at + i][to[k]] = each.trim(); });
    });
    message.replaceChildren();
    remember();
    titles();
  }

  body.addEventListener("input", ({ target }) => {
    const { at, column } = target.dataset;
    const many = rows.length;
    rows[at][column] = target.value;
    before = null;
    remember();
    if (rows.length > many) body.lastChild.before(line(many));  // the one that is typed in stays
  });
  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trim())) return;  // into the cell
    event.preventDefault();
    const { at, column } = event.target.dataset;
    put(text, Number(at), Number(column));
    go(Number(at), Number(column));
  });
  body.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const at = Number(event.target.dataset.at), column = Number(event.target.dataset.column);
    const by = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (event.key === "Escape") form.querySelector("button").focus();  // out of many rows
    else if (by) {
      event.preventDefault();
      go(Math.min(Math.max(at + by, 0), rows.length - 1), column);
    } else if (before && (event.ctrlKey || event.metaKey) && event.key === "z") {  // what was pasted goes again
      event.preventDefault();
      ({ columns, rows } = before);
      before = null;
      remember();
      titles();
      go(Math.min(at, rows.length - 1), Math.min(column, columns.length - 1));
    }
  });
  box.addEventListener("scroll", () => draw());
  addEventListener("resize", () => draw());
  form.querySelector("[data-empty]").addEventListener("click", () => {
    columns = own.map(([name]) => name);
    rows = [];
    remember();
    titles();
    message.replaceChildren();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = [columns, ...filled()].map((row) => row.map(quoted).join("\t")).join("\n");
    const request = (confirm, key, say) => send(
      `${form.dataset.grid}?filename=typed.tsv${confirm ? "&confirm=true" : ""}`, text, "text/plain", say, { key });
    change(form, message, request, (found) => done(form, found));
  });

  const last = JSON.parse(keeper(form).getItem(kept(form)) || "null");
  if (last) ({ columns, rows } = last);
  remember();
  titles();
  const look = () => {  // as soon as it is to be seen
    height = body.querySelector("input").closest("tr").offsetHeight || height;
    draw(true);
  };
  form.closest("details").addEventListener("toggle", look);
  look();
}

const quoted = (cell) => (/["\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

// Rows of cells of a text with tabs, or with commas or semicolons below a header that is known.
function split(text, names) {
  const first = text.split("\n", 1)[0];
  const mark = first.includes("\t") ? "\t" : [";", ","].find(
    (each) => first.split(each).some((name) => names.includes(name.trim()))) || "\t";
  const found = [[""]];
  let inside = false;
  const lines = text.replaceAll("\r\n", "\n").replace(/\n+$/, "");
  for (let i = 0; i < lines.length; i += 1) {
    const letter = lines[i], row = found.at(-1);
    if (inside && letter === '"' && lines[i + 1] === '"') { row[row.length - 1] += '"'; i += 1; }
    else if (letter === '"' && (inside || row.at(-1) === "")) inside = !inside;
    else if (!inside && letter === mark) row.push("");
    else if (!inside && letter === "\n") found.push([""]);
    else row[row.length - 1] += letter;
  }
  return found;
}
