// At the balance: one precursor at a time, and what the typed masses have become.
"use strict";
{
  const form = document.getElementById("weigh");
  const steps = form ? [...form.querySelectorAll(".step")] : [];
  const mass = (step) => step.querySelector("[data-kind=number]");
  const typed = (step) => Number(mass(step).value.replace(",", "."));
  let at = 0, asked = 0;

  const told = (step) => {
    const off = step.querySelector(".off");
    const grams = step.dataset.grams;
    const places = (grams.split(".")[1] || "").length;
    const difference = Number((typed(step) - Number(grams)).toFixed(places));
    const said = difference > 0 ? form.dataset.more : difference < 0 ? form.dataset.less : form.dataset.right;
    off.textContent = mass(step).value && mass(step).validity.valid
      ? said.replace("{g}", Math.abs(difference).toFixed(places)) : "";
  };

  const made = async () => {
    const mine = ++asked;
    const place = form.querySelector(".found");
    const body = bodyOf(form);
    const weighing = {};
    for (const name of ["precursors", "excess"]) if (body[name]) weighing[name] = body[name];
    const asks = { id: body.id, weighed: body.weighed };
    if (body.precursors) asks.weighing = weighing;
    const say = (said) => { if (mine === asked) place.textContent = said; };
    const { ok, found } = await send(form.dataset.made, JSON.stringify(asks), "application/json", say)
      .catch(() => ({ ok: false, found: { error: { message: words.failed, hint: "" } } }));
    if (mine !== asked) return;
    if (ok) place.innerHTML = found;
    else place.textContent = `${found.error.message} ${found.error.hint}`;
  };

  const show = (to, focus) => {
    at = to;
    steps.forEach((step, i) => { step.hidden = i !== at; });
    const last = "last" in steps[at].dataset;
    if (last) made();
    const first = last ? steps[at].querySelector("button[type=submit]") : mass(steps[at]);
    if (focus) { (last ? steps[at].querySelector("[name^='results.']") || first : first).focus(); scrollTo(0, 0); }
  };

  const go = (by) => {
    if (by > 0 && !mass(steps[at]).reportValidity()) return;
    show(at + by, true);
  };

  if (form) {
    for (const step of steps) {
      for (const button of step.querySelectorAll("[data-go]")) {
        button.addEventListener("click", () => go(Number(button.dataset.go)));
      }
      if ("last" in step.dataset) continue;
      mass(step).addEventListener("input", () => told(step));
      mass(step).addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        go(1);
      });
      told(step);
    }
    const next = steps.findIndex((step) => !("last" in step.dataset) && !mass(step).value);
    show(next < 0 ? steps.length - 1 : next, false);
  }
}
