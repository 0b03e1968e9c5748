// A page without a server: answers stay in this browser until they are handed in as a file or as QR codes.
"use strict";
const offline = (() => {
  const MOST = 700; // Bytes of one code: the format allows 2 953, and phones read smaller codes more easily.
  const data = JSON.parse(document.getElementById("data").textContent);
  const shelf = `lab-study ${data.texts.id} ${data.list}`;
  let saved = null;

  function keep() {
    try {
      localStorage.setItem(shelf, JSON.stringify(saved));
    } catch {
      view.notice("This browser keeps nothing. Do not close or reload this page before you have handed in your answers.");
    }
  }

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(shelf));
    } catch {
      return null;
    }
  }

  function state() {
    const stage = saved.finished ? "finished" : !saved.instructed ? "comprehension" : saved.answers.length < data.trials.length ? "trials" : "debrief";
    return {
      stage, pseudonym: saved.rater, next: saved.answers.length + 1, n_practice: data.practice.length, instructions: false,
      trials: data.trials, completion: {}
    };
  }

  function record(trial, side, rt_ms) {
    if (trial === saved.answers.length + 1) {
      saved.answers.push([trial, side, rt_ms]);
      keep();
    }
  }

  // "LAB1 STUDY LIST RATER PART/PARTS ANSWERS": for each trial L or R and the time in tenths of a millisecond, base 36.
  function texts() {
    const all = saved.answers.map(([, side, rt]) => (side === "left" ? "L" : "R") + Math.round(rt * 10).toString(36));
    const parts = [""];
    for (const one of all) {
      if (parts[parts.length - 1].length + one.length > MOST) parts.push("");
      parts[parts.length - 1] += one;
    }
    return parts.map((part, at) => `LAB1 ${data.texts.id} ${data.list} ${saved.rater} ${at + 1}/${parts.length} ${part}`);
  }

  function file() {
    const { rater, answers, remarks } = saved;
    return JSON.stringify({ format: 1, study: data.texts.id, list: data.list, rater, answers, remarks });
  }

  // Another tab of this browser went on: what it keeps would be written over here.
  addEventListener("storage", (event) => {
    if (event.key === shelf && saved) view.stop("The study goes on in another tab or window.", true);
  });

  return {
    codes: texts,
    file,
    persist: (request) => request(),
    texts: async () => data.texts,
    async resume() {
      saved = kept();
      return saved && state();
    },
    async consent() {
      saved = kept(); // Another tab may have begun.
      if (saved) return state();
      const bytes = crypto.getRandomValues(new Uint8Array(8));
      const rater = "c" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      saved = { rater, answers: [], remarks: "", instructed: false, finished: false, tries: 0 };
      keep();
      return state();
    },
    async comprehension(answers) {
      const wrong = data.right.flatMap((right, at) => (right === answers[at] ? [] : [at]));
      saved.tries++;
      saved.instructed = !wrong.length || saved.tries >= data.tries;
      keep();
      return { over: saved.instructed, wrong, right: saved.instructed ? data.right : [] };
    },
    async practised(trial, side, rt_ms) {
      record(trial, side, rt_ms);
      return { correct: data.practice[trial - 1] === side };
    },
    answer: record,
    drained: async () => {},
    async remarks(text) {
      saved.remarks = text;
      keep();
    },
    async finish() {
      saved.finished = true;
      keep();
      return {};
    },
    async withdraw() {
      saved = null;
      try {
        localStorage.removeItem(shelf);
      } catch { /* Nothing was kept. */ }
      return {};
    },
    url: (name) => data.pictures[name],
    handIn(node) {
      const link = view.create("a", "Save the answers to a file", {
        href: URL.createObjectURL(new Blob([file()], { type: "application/json" })), download: `answers-${data.list}-${saved.rater}.json`, className: "main"
      });
      const actions = view.create("div", "", { className: "actions" });
      actions.append(link);
      const codes = view.create("div", "", { className: "codes" });
      texts().forEach((text, at, all) => {
        const figure = view.create("figure", ""), canvas = document.createElement("canvas");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `Answers as a QR code, part ${at + 1} of ${all.length}`);
        qr.draw(canvas, text);
        figure.append(canvas, view.create("figcaption", `Part ${at + 1} of ${all.length}`, { className: "quiet" }));
        codes.append(figure);
      });
      document.querySelector("#finished p").textContent = "Your answers are in this browser alone. Please hand them in: save them to a file, or show these codes to whoever collects them.";
      node.replaceChildren(actions, codes);
    }
  };
})();
view.start(offline);
