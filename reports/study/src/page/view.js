// What participants see and do. How answers travel is the affair of the transport that `view.start` is given.
"use strict";
const view = (() => {
  const AHEAD = 4; // Trials whose pictures are loaded ahead.
  const PAUSE = 250; // Milliseconds between trials.
  const $ = (id) => document.getElementById(id);
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const create = (tag, text, set = {}) => Object.assign(document.createElement(tag), { textContent: text }, set);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let texts, transport, state, stopped = false;
  let choose = null; // Takes the choice while a trial waits for one.
  let press = null; // When the press began that a click ends.
  const loaded = new Map();

  function show(stage) {
    for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== stage;
    document.body.classList.toggle("trials", stage === "trial");
    $("footer").hidden = !state || ["withdrawn", "stopped"].includes(stage);
    scrollTo(0, 0);
    const heading = $(stage).querySelector("h1");
    if (heading && stage !== "trial") heading.focus({ preventScroll: true });
  }

  function notice(text) {
    $("notice").textContent = text;
    $("notice").hidden = !text;
  }

  // Nothing goes on here; `again` offers to take over. What stopped the page first is what it says.
  function stop(why, again) {
    if (stopped) return;
    stopped = true;
    choose = null;
    notice("");
    $("why").textContent = why;
    $("here").hidden = !again;
    show("stopped");
  }

  function fill() {
    document.title = texts.title;
    for (const node of document.querySelectorAll("[data-text]")) node.textContent = texts[node.dataset.text];
    for (const node of document.querySelectorAll("[data-paragraphs]")) {
      node.replaceChildren(...texts[node.dataset.paragraphs].map((text) => create("p", text)));
    }
    const facts = [`About ${texts.minutes} minutes`, `${texts.n_trials} trials`];
    if (texts.payment) facts.push(texts.payment);
    document.querySelector("[data-facts]").replaceChildren(...facts.map((text) => create("span", text)));
    document.querySelector("[data-keeping]").textContent = texts.keeping;
    document.documentElement.style.setProperty("--size", `${texts.picture_size}px`);
    $("asking").hidden = !texts.ask_for_remarks;
  }

  const pressed = (id) => new Promise((done) => $(id).addEventListener("click", done, { once: true }));

  // Asks for something until it is answered; what cannot be answered stops the page.
  async function must(ask, button) {
    if (button) button.disabled = true;
    try {
      return await transport.persist(ask);
    } catch (fault) {
      stop(fault.message, fault.error === "taken-over");
      return new Promise(() => {});
    } finally {
      if (button) button.disabled = false;
    }
  }

  function question(asked, at) {
    const set = create("fieldset", "");
    set.append(create("legend", asked.text));
    asked.options.forEach((text, option) => {
      const label = create("label", "");
      label.append(create("input", "", { type: "radio", name: `q${at}`, value: option, required: true }), create("span", text));
      set.append(label);
    });
    return set;
  }

  async function comprehend() {
    show("instructions");
    await pressed("understood");
    for (let over = !texts.comprehension.length; !over;) {
      $("questions").replaceChildren(...texts.comprehension.map(question));
      show("comprehension");
      await new Promise((done) => {
        $("questions").onsubmit = (event) => { event.preventDefault(); done(); };
      });
      const answers = texts.comprehension.map((_, at) => Number(new FormData($("questions")).get(`q${at}`)));
      const reply = await must(() => transport.comprehension(answers), $("check"));
      over = reply.over;
      if (over && !reply.wrong.length) break;
      if (over) {
        const right = reply.wrong.map((at) => texts.comprehension[at].options[reply.right[at]]);
        $("verdict").textContent = `Not quite. The right answer: ${right.join(" · ")}`;
        $("verdict").className = "wrong";
        $("questions").replaceChildren();
        await new Promise((done) => {
          $("questions").onsubmit = (event) => { event.preventDefault(); done(); };
        });
      } else {
        $("verdict").textContent = "Not quite. Please read the instructions once more, and try again.";
        $("verdict").className = "wrong";
        show("instructions");
        await pressed("understood");
      }
    }
    if (!texts.comprehension.length) await must(() => transport.comprehension([]), $("understood"));
    state.stage = "trials";
  }

  // Pictures of a trial, decoded; loading is tried again for as long as it fails.
  function load(trial) {
    const shown = state.trials[trial - 1];
    if (!shown) return null;
    if (!loaded.has(trial)) loaded.set(trial, Promise.all([
      picture(shown.original, "The original"), picture(shown.left, ""), picture(shown.right, "")
    ]));
    return loaded.get(trial);
  }

  async function picture(name, alt) {
    for (let wait = 500; !stopped; wait = Math.min(2 * wait, 15000)) {
      const image = new Image();
      image.alt = alt;
      image.draggable = false;
      image.src = transport.url(name);
      try {
        await image.decode();
        return image;
      } catch {
        await Promise.race([sleep(wait), new Promise((done) => addEventListener("online", done, { once: true }))]);
      }
    }
    return new Promise(() => {}); // No trial goes on where the page has stopped.
  }

  async function trial(number) {
    const n_practice = state.n_practice;
    const is_practice = number <= n_practice;
    $("where").textContent = is_practice
      ? `Practice ${number} of ${n_practice}` : `Trial ${number - n_practice} of ${state.trials.length - n_practice}`;
    $("progress").max = state.trials.length;
    $("progress").value = number - 1;
    $("feedback").textContent = "";
    $("go-on").hidden = true;
    $("pictures").classList.add("waiting");
    const buttons = { left: $("left"), right: $("right") };
    for (const button of Object.values(buttons)) {
      button.disabled = false;
      button.classList.remove("chosen");
    }
    const late = setTimeout(() => { $("feedback").textContent = "Waiting for pictures…"; }, 1500);
    const [original, left, right] = await load(number);
    clearTimeout(late);
    $("feedback").textContent = "";
    for (let next = number + 1; next <= number + AHEAD; next++) load(next);
    loaded.delete(number - 1);
    $("original").replaceChildren(original);
    buttons.left.replaceChildren(left);
    buttons.right.replaceChildren(right);
    $("pictures").classList.remove("waiting");
    // Two frames later the pictures are on the screen.
    await frame();
    await frame();
    const since = performance.now();
    const { side, rt_ms } = await new Promise((done) => {
      if (stopped) return;
      choose = (side, at) => {
        const rt_ms = Math.round((at - since) * 10) / 10;
        // What was pressed before the pictures stood there is no answer to them, whenever it is heard of or let go.
        if (rt_ms > 0) done({ side, rt_ms });
      };
    });
    choose = null;
    buttons[side].classList.add("chosen");
    if (is_practice) {
      for (const button of Object.values(buttons)) button.disabled = true;
      const reply = await must(() => transport.practised(number, side, rt_ms));
      $("feedback").textContent = reply.correct
        ? "Right: this one was made from the original." : "No: the other one was made from the original.";
      $("feedback").className = reply.correct ? "right" : "wrong";
      $("go-on").hidden = false;
      $("go-on").focus();
      await pressed("go-on");
      $("feedback").className = "";
    } else {
      transport.answer(number, side, rt_ms);
      await sleep(PAUSE);
    }
  }

  async function trials() {
    if (state.instructions) {
      $("again").hidden = false;
      show("instructions");
      await pressed("understood");
      $("again").hidden = true;
    }
    show("trial");
    if (state.next > state.n_practice + 1) $("where").focus({ preventScroll: true });
    for (let number = state.next; number <= state.trials.length && !stopped; number++) await trial(number);
    if (stopped) return;
    show("storing");
    await transport.drained();
    state.stage = "debrief";
  }

  async function debrief() {
    show("debrief");
    await pressed("finish");
    const text = $("remarks").value.trim();
    if (text) await must(() => transport.remarks(text), $("finish"));
    state.completion = await must(() => transport.finish(), $("finish"));
    state.stage = "finished";
  }

  function finished() {
    const { url, code } = state.completion || {};
    if (code) {
      $("code").hidden = false;
      $("code").querySelector("strong").textContent = code;
    }
    if (url) {
      $("back").href = url;
      $("back").hidden = false;
      setTimeout(() => location.assign(url), 4000);
    }
    show("finished");
    if (transport.handIn) transport.handIn($("handing-in"));
  }

  async function go() {
    if (!state) {
      show("consent");
      await pressed("agree");
      state = await must(() => transport.consent(), $("agree"));
    }
    if (state.pseudonym) $("name").textContent = `Your made-up name: ${state.pseudonym}`;
    if (state.stage === "comprehension") await comprehend();
    if (state.stage === "trials" && !stopped) await trials();
    if (state.stage === "debrief" && !stopped) await debrief();
    if (state.stage === "finished") finished();
  }

  function listen() {
    // Old browsers have no time of an event, or count it from 1970: those are taken when they are heard of.
    const time = (event) => Math.min(event.timeStamp || Infinity, performance.now());
    const take = (side, at) => { if (choose) choose(side, at); };
    addEventListener("pointerdown", (event) => { press = time(event); }, true);
    addEventListener("pointercancel", () => { press = null; }, true);
    document.addEventListener("keydown", (event) => {
      if (event.repeat) {
        // A button clicks again for as long as Enter is held down.
        if (event.key === "Enter" && event.target.closest?.("button")) event.preventDefault();
        return;
      }
      if (event.key === "Enter" || event.key === " ") press = time(event);
      if (event.ctrlKey || event.altKey || event.metaKey || $("sure").open) return;
      const side = { ArrowLeft: "left", f: "left", F: "left", ArrowRight: "right", j: "right", J: "right" }[event.key];
      if (side && choose) {
        event.preventDefault();
        take(side, time(event));
      }
    }, true);
    for (const side of ["left", "right"]) {
      $(side).addEventListener("click", (event) => {
        // A click without a press is that of a screen reader.
        const at = press ?? time(event);
        press = null;
        take(side, at);
      });
    }
    $("leave").onclick = () => $("sure").showModal();
    $("stay").onclick = () => $("sure").close();
    $("withdraw").onclick = async () => {
      const { note } = await must(() => transport.withdraw(), $("withdraw"));
      $("sure").close();
      stopped = true;
      choose = null;
      notice(note || "");
      show("withdrawn");
    };
    $("here").onclick = () => location.reload();
    // A page that the back button brings out of the cache may be old.
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  async function start(by) {
    transport = by;
    listen();
    texts = await must(() => transport.texts());
    fill();
    state = await must(() => transport.resume());
    await go();
  }

  return { start, stop, notice, create };
})();
