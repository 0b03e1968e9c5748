// Progress, people marked by the rule of exclusion, and the export.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const create = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  let token = "";

  async function ask(path) {
    const reply = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
    if (!reply.ok) throw new Error((await reply.json()).message);
    return reply;
  }

  function person(one) {
    const row = document.createElement("tr");
    const time = one.median_rt_ms === null ? "" : `${Math.round(one.median_rt_ms)} ms`;
    const cells = [one.pseudonym, one.list, one.state, `${one.answered} of ${one.trials}`, one.failed_checks, time, one.reasons.join("; ")];
    row.append(...cells.map((text) => create("td", text)));
    return row;
  }

  async function refresh() {
    const study = await (await ask("/api/operator/progress")).json();
    $("title").textContent = study.title;
    const marked = study.people.filter((one) => one.reasons.length).length;
    const figures = {
      "finished": `${study.finished} of ${study.lists}`, "under way": study.open, "gave up": study.expired, "answers": study.answers, "marked": marked
    };
    $("figures").replaceChildren(...Object.entries(figures).map(([name, value]) => {
      const pair = document.createElement("div");
      pair.append(create("dt", name), create("dd", value));
      return pair;
    }));
    $("people").replaceChildren(...study.people.map(person));
    $("enter").hidden = true;
    $("study").hidden = false;
  }

  const attempt = (what) => async (event) => {
    event.preventDefault();
    $("problem").textContent = "";
    try {
      await what();
    } catch (error) {
      $("enter").hidden = false;
      $("study").hidden = true;
      $("problem").textContent = error.message;
    }
  };

  $("form").onsubmit = attempt(() => { token = $("token").value.trim(); return refresh(); });
  $("again").onclick = attempt(refresh);
  $("export").onclick = attempt(async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await (await ask("/api/operator/export")).blob());
    link.download = "study.zip";
    link.click();
    URL.revokeObjectURL(link.href);
  });
})();
