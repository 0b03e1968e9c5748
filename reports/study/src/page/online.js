// Answers travel to the server: each is kept in the browser until the server says that it is stored.
"use strict";
const online = (() => {
  const PATIENCE = 15000; // Milliseconds that one request may take.
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const tab = random();
  const link = new URLSearchParams(location.search);
  const coming = {
    tab, pid: link.get("PROLIFIC_PID") || "", study: link.get("STUDY_ID") || "", session: link.get("SESSION_ID") || ""
  };
  let shelf = null; // Name under which the browser keeps what is not acknowledged.
  let queue = [];
  let is_sending = false;
  let pseudonym = "";
  let tries = 0; // How often the questions on the instructions were answered.
  let waiting = []; // Told when the queue is empty.

  async function ask(path, body) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    let reply;
    try {
      reply = await fetch(path, body === undefined ? { signal: abort.signal } : {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: abort.signal
      });
      if (reply.ok) return await reply.json();
    } catch {
      throw { retry: true, message: "No connection." };
    } finally {
      clearTimeout(timer);
    }
    const fault = await reply.json().catch(() => ({ error: "", message: "The server refused." }));
    throw { ...fault, status: reply.status, retry: reply.status >= 500 || reply.status === 408 || reply.status === 429 };
  }

  const pause = (ms) => new Promise((done) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });

  // Tries again after 0.5, 1, 2 … 30 seconds, with a random part so that a class does not ask all at once.
  async function persist(request) {
    for (let wait = 500; ; wait = Math.min(2 * wait, 30000)) {
      try {
        const reply = await request();
        if (!queue.length || is_sending) view.notice("");
        return reply;
      } catch (fault) {
        if (!fault.retry) throw fault;
        const why = fault.status ? fault.message : "No connection.";
        view.notice(`${why} Your answers are kept in this browser, and are sent as soon as they are taken.`);
        await pause(wait * (0.75 + Math.random() / 2));
      }
    }
  }

  function keep() {
    try {
      if (queue.length) localStorage.setItem(shelf, JSON.stringify(queue));
      else localStorage.removeItem(shelf);
    } catch { /* A browser that keeps nothing still has the queue in this page. */ }
  }

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(shelf)) || [];
    } catch {
      return [];
    }
  }

  async function send() {
    if (is_sending) return;
    is_sending = true;
    while (queue.length) {
      try {
        await persist(() => ask("/api/answer", { tab, ...queue[0] }));
      } catch (fault) {
        if (fault.error === "out-of-order" || fault.error === "bad-answer") {
          // These are never taken: the trials are shown again.
          queue = [];
          keep();
          return location.reload();
        }
        if (fault.error !== "different") return view.stop(fault.message, fault.error === "taken-over");
      }
      queue.shift();
      keep();
    }
    is_sending = false;
    view.notice("");
    waiting.splice(0).forEach((done) => done());
  }

  // Where the server stands, and what this browser has beyond it.
  function begin(state) {
    ({ pseudonym, tries } = state);
    shelf = `lab-study ${pseudonym}`;
    queue = kept().filter((item) => item.trial >= state.next);
    // After a gap, as a restored copy of the database leaves one, answers are never taken: these trials are shown again.
    if (state.stage !== "trials" || queue[0]?.trial !== state.next) queue = [];
    keep();
    if (queue.length) {
      state.next = queue[queue.length - 1].trial + 1;
      send();
    }
    try {
      localStorage.setItem("lab-study tab", tab);
    } catch { /* Other tabs learn it from the server. */ }
    return state;
  }

  // Another tab of this browser went on.
  addEventListener("storage", (event) => {
    if (event.key === "lab-study tab" && event.newValue && event.newValue !== tab && shelf) {
      view.stop("The study goes on in another tab or window.", true);
    }
  });

  return {
    persist,
    texts: () => ask("/api/study"),
    async resume() {
      try {
        return begin(await ask("/api/resume", coming));
      } catch (fault) {
        if (fault.error === "unknown") return null;
        throw fault;
      }
    },
    consent: async () => begin(await ask("/api/consent", coming)),
    async comprehension(answers) {
      const reply = await ask("/api/comprehension", { tab, answers, tries });
      tries++;
      return reply;
    },
    practised: (trial, answer, rt_ms) => ask("/api/answer", { tab, trial, answer, rt_ms }),
    answer(trial, answer, rt_ms) {
      queue.push({ trial, answer, rt_ms });
      keep();
      send();
    },
    drained: () => new Promise((done) => { if (queue.length) waiting.push(done); else done(); }),
    remarks: (text) => ask("/api/remarks", { tab, text }),
    finish: () => ask("/api/finish", { tab }),
    async withdraw() {
      const reply = await ask("/api/withdraw", { pseudonym });
      queue = [];
      keep();
      return reply;
    },
    url: (name) => `/image/${name}.png`
  };
})();
view.start(online);
