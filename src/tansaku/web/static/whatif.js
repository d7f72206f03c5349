// What to expect at the inputs as they are set; the last setting is the one that is asked for.
"use strict";
{
  const form = document.getElementById("what-if");
  const inputs = [...form.querySelectorAll("[data-input]")];
  const value = (input) => {
    if (input.tagName === "SELECT") return input.value;
    const known = input.dataset.values;
    return known ? Number(known.split(" ")[Number(input.value)]) : Number(Number(input.value).toPrecision(4));
  };
  const point = () => Object.fromEntries(inputs.map((input) => [input.dataset.input, value(input)]));

  const tell = () => {
    for (const input of inputs) {
      const output = input.closest(".slider").querySelector("output");
      if (!output) continue;
      output.textContent = value(input);
      input.setAttribute("aria-valuetext", output.textContent);
    }
    for (const other of document.querySelectorAll("form[data-at]")) {
      for (const old of other.querySelectorAll("[data-of-point]")) old.remove();
      for (const [name, set] of Object.entries(point())) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: `${other.dataset.at}.${name}`, value: set });
        field.dataset.ofPoint = "";
        if (typeof set === "number") field.dataset.kind = "number";
        other.append(field);
      }
    }
  };

  let waiting, last = 0;
  const look = async () => {
    const mine = ++last, message = form.querySelector(".message");
    const say = (said) => { if (mine === last) shown(message, [said]); };
    const { ok, found } = await send(form.dataset.predict, JSON.stringify({ at: point() }), "application/json", say)
      .catch(() => ({ ok: false, found: { error: { message: words.failed, hint: "" } } }));
    if (mine !== last) return;
    const place = form.querySelector(".found");
    if (ok) place.innerHTML = found;
    else place.replaceChildren();
    shown(message, ok ? [] : [found.error.message, found.error.hint]);
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { tell(); clearTimeout(waiting); waiting = setTimeout(look, 150); });
  tell();
  look();
}
