// A map of the candidates on two canvases: what is expected and how unsure it is, told where the pointer is.
"use strict";
{
  const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];  // viridis
  const MARGIN = { left: 52, right: 12, top: 12, bottom: 36 };
  const MOST_VALUES = 60;  // of an input that can be held: a longer list is none to choose from
  const form = document.getElementById("map");
  const canvases = [...document.querySelectorAll("canvas")];
  const pointed = document.getElementById("pointed");
  let found, seen = [], at = -1;

  const colour = (share) => {
    const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1), i = Math.min(Math.floor(place), STOPS.length - 2);
    return `rgb(${STOPS[i].map((v, k) => Math.round(v + (place - i) * (STOPS[i + 1][k] - v))).join(",")})`;
  };
  const brief = (value) => {
    if (typeof value === "string") return value;
    const size = Math.abs(value);
    return size && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  };

  // An axis: its values in order, and where each stands between 0 and 1.
  const axisOf = (name) => {
    const values = [...new Set(found.inputs[name])];
    const numbers = values.every((value) => typeof value === "number");
    if (numbers) values.sort((a, b) => a - b);
    const places = new Map(values.map((value, i) => [value, numbers
      ? (value - values[0]) / ((values.at(-1) - values[0]) || 1) : i / Math.max(values.length - 1, 1)]));
    const at = [...places.values()];
    const cell = at.slice(1).reduce((least, place, i) => Math.min(least, place - at[i]), 1);
    return { name, values, places, cell };
  };

  const others = () => {
    const held = document.getElementById("others");
    const before = Object.fromEntries([...held.querySelectorAll("select")].map((one) => [one.name, one.value]));
    held.replaceChildren();
    for (const [name, column] of Object.entries(found.inputs)) {
      const values = [...new Set(column)].sort((a, b) => a - b);
      if ([form.elements.x.value, form.elements.y.value].includes(name) || values.length > MOST_VALUES) continue;
      const label = document.createElement("label"), select = document.createElement("select");
      select.name = `only ${name}`;
      select.append(new Option(form.dataset.any, ""), ...values.map((value) => new Option(brief(value), String(value))));
      if (before[select.name]) select.value = before[select.name];
      label.append(`${name} `, select);
      held.append(label);
    }
  };

  const arrange = () => {
    const x = axisOf(form.elements.x.value), y = axisOf(form.elements.y.value);
    const only = [...form.querySelectorAll("[name^='only ']")].filter((one) => one.value)
      .map((one) => [one.name.slice(5), one.value]);
    const better = found.goal === "min" ? -1 : 1;
    seen = found.mean.map((_mean, i) => i)
      .filter((i) => only.every(([name, value]) => String(found.inputs[name][i]) === value))
      .sort((i, j) => better * (found.mean[i] - found.mean[j]));
    return { x, y };
  };

  let frame;
  const draw = () => {
    frame = arrange();
    const ink = getComputedStyle(document.body).color;
    for (const canvas of canvases) {
      const ratio = devicePixelRatio || 1, box = canvas.getBoundingClientRect(), context = canvas.getContext("2d");
      Object.assign(canvas, { width: box.width * ratio, height: box.height * ratio });
      context.scale(ratio, ratio);
      const wide = box.width - MARGIN.left - MARGIN.right, tall = box.height - MARGIN.top - MARGIN.bottom;
      const w = wide / (1 / frame.x.cell + 1), h = tall / (1 / frame.y.cell + 1);
      const put = (i) => [
        MARGIN.left + w / 2 + (wide - w) * frame.x.places.get(found.inputs[frame.x.name][i]),
        MARGIN.top + tall - h / 2 - (tall - h) * frame.y.places.get(found.inputs[frame.y.name][i])];
      const log = canvas.dataset.kind === "mean" && found.log10;
      const values = found[canvas.dataset.kind].map((value) => (log ? Math.log10(value) : value));
      let low = Infinity, high = -Infinity;
      for (const i of seen) { low = Math.min(low, values[i]); high = Math.max(high, values[i]); }
      const [cellWide, cellTall] = [Math.max(w, 4) + 0.5, Math.max(h, 4) + 0.5];
      for (const i of seen) {
        const [px, py] = put(i);
        context.fillStyle = colour((values[i] - low) / ((high - low) || 1));
        context.fillRect(px - cellWide / 2, py - cellTall / 2, cellWide, cellTall);
      }
      Object.assign(context, { fillStyle: ink, strokeStyle: ink, font: "12px sans-serif", textAlign: "center" });
      for (const value of ticks(frame.x.values, wide / 70)) {
        context.fillText(brief(value), MARGIN.left + w / 2 + (wide - w) * frame.x.places.get(value), box.height - 20);
      }
      context.fillText(frame.x.name, MARGIN.left + wide / 2, box.height - 5);
      context.textAlign = "right";
      for (const value of ticks(frame.y.values, tall / 30)) {
        context.fillText(brief(value), MARGIN.left - 6, MARGIN.top + tall - h / 2 - (tall - h) * frame.y.places.get(value) + 4);
      }
      context.fillText(frame.y.name, MARGIN.left - 6, MARGIN.top);
      const shownNow = new Set(seen);
      for (const [marks, sides] of [[found.measured, 0], [found.pending, 3]]) {
        for (const i of marks) if (shownNow.has(i)) mark(context, ...put(i), sides, 5);
      }
      if (at >= 0 && shownNow.has(at)) {
        const [px, py] = put(at);
        Object.assign(context, { lineWidth: 3, strokeStyle: "#fff" });
        context.strokeRect(px - cellWide / 2 - 2, py - cellTall / 2 - 2, cellWide + 4, cellTall + 4);
        Object.assign(context, { lineWidth: 1.5, strokeStyle: "#000" });
        context.strokeRect(px - cellWide / 2 - 2, py - cellTall / 2 - 2, cellWide + 4, cellTall + 4);
      }
      const told = (value) => (log ? brief(10 ** value) : canvas.dataset.kind === "sd" && found.log10
        ? `×/÷ ${brief(10 ** value)}` : brief(value));
      const figure = canvas.closest("figure");
      figure.querySelector("[data-low]").textContent = told(low);
      figure.querySelector("[data-high]").textContent = told(high);
      canvas.put = put;
    }
  };

  const ticks = (values, room) => {
    const step = Math.ceil(values.length / Math.max(Math.floor(room), 2));
    return values.filter((_value, i) => i % step === 0);
  };

  const mark = (context, px, py, sides, size) => {
    context.beginPath();
    if (sides) {
      for (let k = 0; k <= sides; k += 1) {
        const turn = -Math.PI / 2 + (2 * Math.PI * k) / sides;
        context[k ? "lineTo" : "moveTo"](px + size * Math.cos(turn), py + size * Math.sin(turn));
      }
    } else context.arc(px, py, size, 0, 2 * Math.PI);
    Object.assign(context, { lineWidth: 3, strokeStyle: "#fff" });
    context.stroke();
    Object.assign(context, { lineWidth: 1.5, strokeStyle: "#000" });
    context.stroke();
  };

  const tell = (i) => {
    at = i;
    const inputs = Object.entries(found.inputs).map(([name, column]) => `${name}=${brief(column[i])}`).join(", ");
    const said = form.dataset.said.replace("{target}", found.target).replace("{mean}", brief(found.mean[i]))
      .replace("{low}", brief(found.low[i])).replace("{high}", brief(found.high[i]));
    const state = found.measured.includes(i) ? ` (${form.dataset.made})`
      : found.pending.includes(i) ? ` (${form.dataset.pending})` : "";
    pointed.textContent = `${inputs}${state}: ${said} ${found.unit}`;
    draw();
  };

  // The candidate nearest to a place on a canvas; of those at one place the one on top.
  const nearest = (canvas, px, py) => {
    let best = -1, least = Infinity;
    for (const i of seen) {
      const [cx, cy] = canvas.put(i), far = (cx - px) ** 2 + (cy - py) ** 2;
      if (far <= least) [best, least] = [i, far];
    }
    return best;
  };

  const listen = (canvas) => {
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const i = nearest(canvas, event.clientX - box.left, event.clientY - box.top);
      if (i >= 0 && i !== at) tell(i);
    });
    canvas.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way || !seen.length) return;
      event.preventDefault();
      if (at < 0) return tell(seen.at(-1));
      const [px, py] = canvas.put(at);
      let best = -1, least = Infinity;
      for (const i of seen) {
        const [cx, cy] = canvas.put(i), along = (cx - px) * way[0] + (cy - py) * way[1];
        const across = Math.abs((cx - px) * way[1]) + Math.abs((cy - py) * way[0]);
        if (along > 0.5 && along + 3 * across <= least) [best, least] = [i, along + 3 * across];
      }
      if (best >= 0) tell(best);
    });
  };

  const load = async () => {
    const message = form.parentElement.querySelector(".message");
    shown(message, [words.working]);
    const url = new URL(form.dataset.map, location.href);
    url.searchParams.set("target", form.elements.target.value);
    const answer = await ask(url, (said) => shown(message, [said])).catch(() => null);
    if (!answer) return shown(message, [words.failed]);
    const told = await answer.json();
    if (told.error) return shown(message, [told.error.message, told.error.hint]);
    found = told;
    at = -1;
    shown(message, found.notices);
    document.querySelector(".maps").hidden = false;
    others();
    draw();
  };

  if (form) {
    form.addEventListener("change", (event) => {
      if (event.target.name === "target") return load();
      if (["x", "y"].includes(event.target.name)) others();
      draw();
    });
    canvases.forEach(listen);
    addEventListener("resize", () => { if (found) draw(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (found) draw(); });
    load();
  }
}
