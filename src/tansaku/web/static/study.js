// How far a study is, each second; once it has ended the page shows what it has found.
"use strict";
{
  const job = document.getElementById("job");
  const message = job && job.querySelector(".message");
  const look = async () => {
    const answer = await fetch(inLanguage(job.dataset.api)).catch(() => null);
    if (!answer) return shown(message, [words.failed]);
    const found = await answer.json();
    if (!["waiting", "running"].includes(found.state)) return location.reload();
    message.replaceChildren();
    const { progress, seconds_left: left } = found;
    if (!progress) return;
    const { stage, done, total } = progress;
    document.getElementById("stage").textContent = total ? `${stage}: ${done} / ${total}` : stage;
    document.getElementById("left").textContent = left === null ? ""
      : job.dataset.left.replace("{n}", Math.ceil(left));
    Object.assign(document.getElementById("progress"), { max: total || 1, value: done });
  };
  if (job) {
    setInterval(() => { if (!document.hidden) look(); }, 1000);
    document.getElementById("cancel").addEventListener("click", async (event) => {
      event.target.disabled = true;
      const answer = await fetch(job.dataset.api, { method: "DELETE" }).catch(() => null);
      if (!answer || !answer.ok) { shown(message, [words.failed]); event.target.disabled = false; }
    });
  }
}
