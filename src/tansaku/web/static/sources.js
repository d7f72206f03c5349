// Older data: a table is read and shown, and what its columns are is said before it is attached.
"use strict";
{
  const drop = document.getElementById("older");
  const looked = document.getElementById("looked");

  const add = (form, file) => {
    const url = new URL(form.dataset.add, location.href);
    const pairs = [];
    const put = (name, value) => { if (value) url.searchParams.append(name, value); };
    put("filename", file.name);
    for (const role of form.querySelectorAll("[name=role]")) {
      const column = role.dataset.column, at = role.value.indexOf(" ");
      const [kind, own] = at < 0 ? [role.value, ""] : [role.value.slice(0, at), role.value.slice(at + 1)];
      if (kind === "same" || kind === "input") put("inputs", column);
      if (kind === "same" && own !== column) pairs.push(`${own}=${column}`);
      if (kind === "target") put("targets", `${own}=${column}`);
      if (kind === "formula") put("formula", column);
    }
    for (const each of [form.elements.compare.value, ...pairs]) put("match", each);
    for (const line of form.elements.fill.value.split("\n")) put("fill", line.trim());
    put("template", form.elements.template.value.trim());
    put("factor", form.elements.factor.value.trim().replace(",", "."));
    change(form, form.querySelector(".message"),
      (_confirm, key, say) => send(url, file, "application/octet-stream", say, { key }), (found) => done(form, found));
  };

  takeFiles(drop, (file) => {
    const url = new URL(drop.dataset.look, location.href);
    url.searchParams.set("filename", file.name);
    const request = (_confirm, _key, say) => send(url, file, "application/octet-stream", say);
    change(drop, drop.querySelector(".message"), request, (html) => {
      looked.innerHTML = html;
      const form = looked.querySelector("form");
      form.addEventListener("submit", (event) => { event.preventDefault(); add(form, file); });
      form.scrollIntoView();
      form.querySelector("select").focus();
    });
  });
}
