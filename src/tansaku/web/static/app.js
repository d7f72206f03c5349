// What a page sends goes to the API as JSON, each change with a key of its own, so that nothing is
// made twice; what is typed is kept until it has been stored.
"use strict";
const words = document.body.dataset;

function shown(message, lines, again) {
  message.replaceChildren(...lines.filter(Boolean).map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  }));
  if (again) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.anyway;
    button.addEventListener("click", again);
    message.append(button);
    button.focus();
  }
}

// Whatever a page asks for is told in the page's language.
function inLanguage(url) {
  const address = new URL(url, location.href);
  address.searchParams.set("lang", document.documentElement.lang);
  return address;
}

// A name that nothing else has; crypto.randomUUID is only there where the connection is encrypted.
const unique = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

const pause = (ms) => new Promise((go) => { setTimeout(go, ms); });

function atWork(progress, begun) {
  const { stage, done, total } = progress || { stage: words.working, total: 0 };
  const share = total ? ` ${Math.floor((100 * done) / total)} %` : "";
  return `${stage}${share} \u00b7 ${Math.round((Date.now() - begun) / 1000)} s`;
}

const progressOf = (name) => fetch(inLanguage(`/api/v1/progress/${name}`))
  .then((answer) => answer.json()).catch(() => ({}));

// An answer; what takes longer than a second says what it is at.
async function ask(url, say, options = {}) {
  const name = unique(), begun = Date.now();
  let waiting = true;
  const clock = setInterval(async () => {
    const told = await progressOf(name);
    if (waiting) say(atWork(told.progress, begun));
  }, 1000);
  try {
    return await fetch(inLanguage(url), { ...options, headers: { ...options.headers, "X-Watched": name } });
  } finally {
    waiting = false;
    clearInterval(clock);
  }
}

// What a job has found: what takes very long the server does behind the page's back.
async function outcome(job, say) {
  const begun = Date.now();
  let found = job;
  while (["waiting", "running"].includes(found.state)) {
    say(atWork(found.progress, begun));
    await pause(1000);
    found = await fetch(inLanguage(`/api/v1/jobs/${job.job}`)).then((answer) => answer.json());
  }
  if (found.state === "done") return { ok: true, found: found.result };
  return { ok: false, found: { error: found.error || { message: words.failed } } };
}

async function send(url, body, type, say, { key, method = "POST" } = {}) {
  const headers = { "Content-Type": type };
  if (key) headers["Idempotency-Key"] = key;
  if (words.csrf) headers["X-CSRF-Token"] = words.csrf;
  const answer = await ask(url, say, { method, body, headers });
  const told = (answer.headers.get("content-type") || "").includes("json");
  return { ok: answer.ok, found: told ? await answer.json() : await answer.text() };
}

// Send once; show what the server says at the place, ask where it asks, then go on.
async function change(place, message, request, then) {
  const button = place.matches("button") ? place : place.querySelector("button");
  const label = button && button.textContent;
  if (button) button.disabled = true;
  const say = (said) => {
    if (button) button.textContent = said;
    else shown(message, [said]);
  };
  const answered = async (confirm) => {
    const answer = await request(confirm, unique(), say);
    return answer.found.job && !place.dataset.job ? outcome(answer.found, say) : answer;
  };
  message.replaceChildren();
  try {
    const { ok, found } = await answered(false);
    message.replaceChildren();
    if (ok) return then(found);
    const error = found.error;
    const again = error.code === "confirm" && (async () => {
      const second = await answered(true);
      if (second.ok) return then(second.found);
      shown(message, [second.found.error.message, second.found.error.hint]);
    });
    const questions = error.questions && error.questions.length ? error.questions : [error.message, error.hint];
    shown(message, questions, again);
  } catch (_lost) {
    shown(message, [words.failed]);
  } finally {
    if (button) Object.assign(button, { disabled: false, textContent: label });
  }
}

// What is wanted of a result, in the words of a target.
function targetWords({ name, goal, match, low, high, scale }) {
  const number = (text) => text.replace(",", ".");
  const words = [name, goal === "match" && match ? `=${number(match)}` : goal];
  if (low) words.push(`>=${number(low)}`);
  if (high) words.push(`<=${number(high)}`);
  if (scale === "log10") words.push("log10");
  return words.join(":");
}

function namedTargets(fields) {  // {"1.name": ..} -> [{ name: .. }, ..]
  const found = [];
  for (const [key, value] of Object.entries(fields)) {
    const [n, field] = key.split(".");
    (found[n - 1] = found[n - 1] || {})[field] = value;
  }
  return found;
}

// A value to meet is asked for where one is wanted.
addEventListener("change", ({ target }) => {
  const place = target.closest("[data-goal]");
  if (place && target.matches("select")) place.dataset.goal = target.value;
});

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.value === "" || (field.type === "checkbox" && !field.checked)) continue;
    const [first, ...rest] = field.name.split(".");
    let value = field.value;
    if (field.dataset.kind === "number") value = Number(value.replace(",", "."));
    if (field.dataset.kind === "yes") value = true;
    if (field.dataset.kind === "truth") value = value === "true";
    if (field.dataset.kind === "list") value = [value];
    if (field.dataset.kind === "pairs") {
      value = Object.fromEntries(value.split("\n").filter((line) => line.includes("=")).map(
        (line) => line.split("=").map((side) => side.trim())));
    }
    if (field.dataset.kind === "lines") value = value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (["each", "lines"].includes(field.dataset.kind)) value = [...(body[first] || []), ...[value].flat()];
    if (rest.length) (body[first] = body[first] || {})[rest.join(".")] = value;
    else body[first] = value;
  }
  if (body.targets) {  // until the first has a name any will do to look at the rest
    const [first, ...more] = namedTargets(body.targets);
    body.targets = [{ ...first, name: first.name || "y" }, ...more.filter(({ name }) => name)].map(targetWords);
  }
  return body;
}

// Until the window is closed; what takes days until it is recorded, for as long as the browser keeps it.
// A form's own id is asked for as an attribute: one of its fields may be called so, too.
const kept = (form) => `typed ${location.pathname} ${form.getAttribute("id")}`;
const keeper = (form) => (form.dataset.kept ? localStorage : sessionStorage);
const typedIn = (form) => [...form.elements].filter((f) => f.name && !["hidden", "checkbox", "file"].includes(f.type));

function keep(form) {
  if (!form.hasAttribute("id")) return;
  const typed = JSON.parse(keeper(form).getItem(kept(form)) || "{}");
  for (const field of typedIn(form)) {
    if (!(field.name in typed)) continue;
    field.value = typed[field.name];
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.addEventListener("input", () => {
    const values = Object.fromEntries(typedIn(form).map((f) => [f.name, f.value]));
    keeper(form).setItem(kept(form), JSON.stringify(values));
  });
}

function opened({ campaign }) {
  location.href = `/campaigns/${encodeURIComponent(campaign)}${location.search}`;
}

function done(form, found) {
  keeper(form).removeItem(kept(form));
  const runs = (found && found.runs || []).map(({ run, reason }) => `${run}: ${reason}`);
  sessionStorage.setItem("told", JSON.stringify([...runs, ...(found && found.notices || [])]));
  if (form.dataset.weighed) localStorage.removeItem(form.dataset.weighed);
  if (form.dataset.show) return shown(form.querySelector(".message"), [found[form.dataset.show]]);
  if ("open" in form.dataset) return opened(found);
  if (form.dataset.job) {
    location.href = `${form.dataset.job}/${found.job}${location.search}`;
    return;
  }
  if (form.dataset.then) location.href = form.dataset.then;
  else location.reload();
}

// Times in the reader's zone, in the form of the page's language.
for (const time of document.querySelectorAll("time")) {
  const form = { dateStyle: "medium", timeStyle: "short" };
  time.title = time.dateTime;
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, form);
}

// What was said with the last change is shown on the page that comes after it.
{
  const told = document.getElementById("told");
  shown(told, JSON.parse(sessionStorage.getItem("told") || "[]"));
  told.hidden = !told.children.length;
  sessionStorage.removeItem("told");
}

// What takes longer than a second to come says on the page before it what the server is at: the next
// page, or a file that is saved.
{
  const banner = document.getElementById("told"), had = [...banner.children];
  let waiting;
  const stop = () => {
    clearTimeout(waiting);
    banner.replaceChildren(...had);
    banner.hidden = !had.length;
  };
  const follow = () => {
    const name = unique(), begun = Date.now();
    document.cookie = `watched=${name}; path=/; max-age=10; samesite=strict`;
    const look = async () => {
      const told = await progressOf(name);
      if (!told.seconds) return stop();  // the file is there
      shown(banner, [atWork(told.progress, begun)]);
      banner.hidden = false;
      waiting = setTimeout(look, 1000);
    };
    waiting = setTimeout(look, 1000);
  };
  addEventListener("beforeunload", follow);
  addEventListener("click", ({ target }) => { if (target.closest("a[download]")) follow(); });
  addEventListener("pagehide", stop);
}

// Masses that were typed at the balance in this browser go with the result.
function weighedBefore(form) {
  const typed = JSON.parse(localStorage.getItem(form.dataset.weighed) || "{}");
  const place = form.querySelector("[data-masses]");
  for (const [name, value] of Object.entries(typed)) {
    if (!name.startsWith("weighed.") || value === "") continue;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    field.dataset.kind = "number";
    form.append(field);
    place.textContent += `${place.hidden ? place.dataset.masses : ","} ${name.slice(8)} ${value} g`;
    place.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-post]")) {
  keep(form);
  if (form.dataset.weighed) weighedBefore(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = (confirm, key, say) => {
      const body = bodyOf(form), { post, into, method } = form.dataset;
      if (confirm) body.confirm = true;
      const path = into ? `${post}/${body[into]}` : post;  // a field that is part of the address
      if (into) delete body[into];
      return send(path, JSON.stringify(body), "application/json", say, { key, method });
    };
    const after = form.dataset.instead ? (found) => insteadOf(form, found) : (found) => done(form, found);
    change(form, form.querySelector(".message"), request, after);
  });
}

// A suggestion that another sample was put in the place of is taken back.
async function insteadOf(form, found) {
  const body = { ids: [form.dataset.of], why: form.querySelector("[data-why]").value };
  const message = form.querySelector(".message"), say = (said) => shown(message, [said]);
  const { ok, found: told } = await send(form.dataset.instead, JSON.stringify(body), "application/json", say,
    { key: unique() });
  if (ok) done(form, found);
  else shown(message, [told.error.message, told.error.hint]);
}

// What a template would make, as it is typed.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const preview = form.querySelector(".preview");
  let waiting, last = 0;
  const look = async () => {
    const mine = ++last;
    const body = { ...bodyOf(form), name: "preview" };
    if (!body.parameters) return preview.replaceChildren();
    const say = (said) => { if (mine === last) preview.textContent = said; };
    const { ok, found } = await send(form.dataset.preview, JSON.stringify(body), "application/json", say)
      .catch(() => ({ ok: false, found: { error: { message: words.failed, hint: "" } } }));
    if (mine !== last) return;
    if (ok) preview.innerHTML = found;
    else preview.textContent = `${found.error.message} ${found.error.hint}`;
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 300); });
  if (form.elements.parameters.value) look();
}

// A choice that counts at once; behind the page that shows it the keys are where they were.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.elements[sessionStorage.getItem("chosen")]?.focus();
  sessionStorage.removeItem("chosen");
  form.addEventListener("change", ({ target }) => {
    if (target.name === "lang") history.replaceState(null, "", location.pathname);  // ?lang= would outweigh it
    sessionStorage.setItem("chosen", target.name);
    form.requestSubmit();
  });
}

// Files, one request for each; one that is attached already stays as it is, so that all may be sent again.
for (const form of document.querySelectorAll("form[data-attach]")) {
  keep(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { sample, remark, files } = form.elements, message = form.querySelector(".message");
    const large = [...files.files].find((file) => file.size > Number(form.dataset.most));
    if (large) return shown(message, [`${large.name}: ${form.dataset.large}`]);
    const request = async (_confirm, _key, say) => {
      let answer;
      for (const file of files.files) {
        const told = new URLSearchParams({ sample: sample.value, filename: file.name, remark: remark.value });
        answer = await send(`${form.dataset.attach}?${told}`, file, "application/octet-stream", say, { key: unique() });
        if (!answer.ok) break;
      }
      return answer;
    };
    change(form, message, request, (found) => done(form, found));
  });
}

for (const button of document.querySelectorAll("button[data-undo]")) {
  button.addEventListener("click", () => change(
    button, button.parentElement.querySelector(".message"),
    (_confirm, key, say) => send(button.dataset.undo, "{}", "application/json", say, { key }), () => location.reload()));
}

for (const button of document.querySelectorAll("button[data-delete]")) {
  button.addEventListener("click", () => change(
    button, button.parentElement.querySelector(".message"),
    (_confirm, key, say) => send(button.dataset.delete, null, "application/json", say, { key, method: "DELETE" }),
    () => location.reload()));
}

// A file that is dropped, or chosen.
function takeFiles(drop, take) {
  drop.querySelector("[type=file]").addEventListener("change", ({ target }) => {
    take(target.files[0]);
    target.value = "";  // so that the same file, mended, can be chosen again
  });
  for (const kind of ["dragover", "dragenter"]) drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
}

// A file is read and shown; only a second step makes a campaign of it.
const drop = document.getElementById("drop");
if (drop) {
  const looked = document.getElementById("looked");
  const message = document.createElement("div");
  message.className = "message";
  message.setAttribute("role", "alert");
  drop.append(message);

  const look = (file) => change(drop, message,
    (_confirm, _key, say) => send(
      `${drop.dataset.look}?${new URLSearchParams({ filename: file.name })}`, file, "application/octet-stream", say),
    (html) => {
      looked.innerHTML = html;
      const form = looked.querySelector("form");
      form.addEventListener("submit", (event) => { event.preventDefault(); make(form, file); });
      for (const role of form.querySelectorAll("[name=role]")) {
        role.addEventListener("change", () => { role.closest("tr").dataset.role = role.value; });
      }
      form.querySelector("button").focus();
      form.scrollIntoView();
    });

  const make = (form, file) => {
    const inputs = [], choices = [], targets = [];
    let formula = "";
    for (const row of form.querySelectorAll("tbody tr")) {
      const role = row.querySelector("[name=role]");
      const name = role.dataset.column;
      if (role.value === "input") inputs.push(name);
      if (role.value === "choice") choices.push(name);
      if (role.value === "formula") formula = name;
      if (role.value === "target") {
        const fields = ["goal", "match", "low", "high", "scale"].map(
          (field) => [field, row.querySelector(`[name=${field}]`).value]);
        targets.push(targetWords({ name, ...Object.fromEntries(fields) }));
      }
    }
    const told = new URLSearchParams({ filename: file.name, name: form.elements.name.value, formula });
    for (const each of inputs) told.append("inputs", each);
    for (const each of choices) told.append("choices", each);
    for (const each of targets) told.append("targets", each);
    change(form, form.querySelector(".message"),
      (_confirm, key, say) => send(`${form.dataset.make}?${told}`, file, "application/octet-stream", say, { key }), opened);
  };

  takeFiles(drop, look);
  document.getElementById("example").addEventListener("click", async () => {
    const answer = await fetch("/pages/example.csv");
    look(new File([await answer.blob()], "example.csv"));
  });
}

// What scrolls inside the page can be scrolled with the keys.
const reach = () => {
  for (const part of document.querySelectorAll(".wide")) {
    const scrolls = part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight;
    if (!scrolls || part.hasAttribute("tabindex")) continue;
    const heading = [...document.querySelectorAll("h1, h2, legend")].findLast(
      (one) => one.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING);
    part.tabIndex = 0;
    part.setAttribute("role", "group");
    part.setAttribute("aria-label", heading.textContent.trim());
  }
};
new MutationObserver(reach).observe(document.querySelector("main"), { childList: true, subtree: true });
addEventListener("resize", reach);
reach();

// What takes a while comes one after the other, and what cannot be told or drawn says why.
(async () => {
  for (const place of document.querySelectorAll("[data-told]")) {
    const answer = await ask(place.dataset.told, (said) => { place.textContent = said; }).catch(() => null);
    if (!answer) break;
    const found = await answer.json();
    const said = found.error ? [found.error.message, found.error.hint] : [found.sentence, found.advice];
    place.textContent = said.filter(Boolean).join(" ");
    place.className = found.error ? "soft" : found.verdict || "";
  }
  const figures = [...document.querySelectorAll("figure[data-picture]")];
  await draw(figures.filter((figure) => !figure.closest("details")));
})();

async function draw(figures) {
  for (const figure of figures) {
    const said = document.createElement("p");
    said.className = "soft";
    const say = (text) => {
      said.textContent = text;
      figure.append(said);
    };
    const answer = await ask(figure.dataset.picture, say).catch(() => null);
    if (!answer) break;
    said.remove();
    if (answer.ok) {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(await answer.blob());
      image.alt = figure.querySelector("figcaption").firstChild.textContent.trim();
      figure.prepend(image);
    } else {
      const error = (await answer.json()).error;
      say(`${error.message} ${error.hint}`);
      for (const link of figure.querySelectorAll("a")) link.remove();  // there is no such file
    }
  }
}

// More of them are drawn for who asks.
for (const more of document.querySelectorAll("details.pictures")) {
  more.addEventListener("toggle", () => draw(more.querySelectorAll("figure[data-picture]")), { once: true });
}

// Two windows see each other's changes. One that nobody looks at does not listen: a browser has six
// connections to a server, and a stream takes one.
if (words.tag) {
  const banner = document.getElementById("changed");
  const say = (text) => {
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = words.show;
    banner.replaceChildren(`${text} `, link);
    banner.hidden = false;
  };
  let stream = null, waiting;
  const stop = () => {
    clearTimeout(waiting);
    if (stream) stream.close();
  };
  const tell = (text) => {
    stop();
    say(text);
  };
  // Where there is no stream: because there is no campaign any more, or no room for one more.
  const ask = async () => {
    const answer = await fetch(inLanguage(words.api), { headers: { "If-None-Match": words.tag } }).catch(() => null);
    if (answer && answer.status === 200) tell(words.changed);
    else if (answer && [401, 404].includes(answer.status)) tell((await answer.json()).error.message);
    else waiting = setTimeout(listen, 2000);
  };
  const listen = () => {
    stop();
    if (document.hidden || !banner.hidden) return;
    const mine = stream = new EventSource(`${words.api}/events?after=${encodeURIComponent(words.tag)}`);
    mine.addEventListener("message", () => tell(words.changed));
    mine.addEventListener("error", () => {
      if (mine === stream && mine.readyState === EventSource.CLOSED) ask();
    });
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("beforeunload", stop);  // what this window changes itself it is about to show
  listen();
}
