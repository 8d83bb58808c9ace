// What the page does by itself: buttons inside answers, the drawer, files to save, where the transcript stands.
window.askdivide = (() => {
  const one = (selector) => document.querySelector(selector);
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  let asked = "", moved = false;

  // An answer as text: its sentences with their numbers, then the numbered sources.
  function plain(whole) {
    const parts = [], sources = new Map();
    for (const reply of whole.querySelectorAll(".reply")) {
      const about = reply.parentElement.querySelector(".by");
      if (about) parts.push(words(about) + "\n");
      for (const block of reply.children) {
        if (block.matches(".aside, details")) continue;
        const claims = [...block.querySelectorAll(".claim")].map(words);
        parts.push(claims.length ? claims.join(block.matches(".quoted") ? "\n" : " ") : words(block));
      }
      sources.clear();
      for (const mark of reply.querySelectorAll(".cite")) sources.set(words(mark), mark.title);
      if (sources.size) parts.push("\nSources\n" + [...sources].map(([number, title]) => `${number} ${title}`).join("\n") + "\n");
    }
    return parts.join("\n").trim() + "\n";
  }

  async function copy(button) {
    const text = plain(button.closest(".whole"));
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Browsers give no clipboard to pages that came over plain HTTP from another machine.
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#chat .act");
    if (!button) return;
    if (button.matches(".copy")) copy(button);
    if (button.matches(".again")) one("#again").click();
    if (button.matches(".earlier")) one("#earlier").click();
    if (button.matches(".edit")) {
      one("#edit").click();
      one("#question textarea").focus();
    }
  });

  const isOpen = () => document.body.classList.contains("drawer-open");
  function drawer(open = !isOpen()) {
    if (open === isOpen()) return;
    document.body.classList.toggle("drawer-open", open);
    one("#conversations").setAttribute("aria-expanded", open);
    const part = one("#drawer");
    part.setAttribute("role", "dialog");
    part.setAttribute("aria-label", "Conversations");
    one(open ? "#close" : "#conversations").focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") drawer(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (isOpen() && !event.target.closest("#drawer, #conversations")) drawer(false);
  });

  function save(name, text) {
    const kind = name.endsWith(".json") ? "application/json" : "text/markdown";
    const link = Object.assign(document.createElement("a"), { download: name, href: URL.createObjectURL(new Blob([text], { type: kind })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // An answer is read from its question on; Gradio by itself would scroll to its end. Whoever scrolls is left alone till the next.
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    document.addEventListener(kind, (event) => { moved ||= Boolean(event.target.closest?.("#chat")); }, { passive: true });
  }
  function toQuestion() {
    const log = one("#chat [role=log]");
    const questions = log ? log.querySelectorAll(".asked") : [];
    const last = questions[questions.length - 1];
    const now = last ? `${questions.length} ${words(last)}` : "";
    if (now !== asked) moved = false;
    if (last) noteAnew(false);
    if (last && !moved) log.scrollTop += last.getBoundingClientRect().top - log.getBoundingClientRect().top;
    asked = now;
    mend();
  }

  // Gradio tells screen readers to say each message with its tags, and that the questions to start with are a list, which they are not.
  function mend() {
    requestAnimationFrame(() => {
      for (const said of document.querySelectorAll("#chat [data-testid][aria-label]")) said.removeAttribute("aria-label");
      one("#chat .examples")?.removeAttribute("role");
    });
  }

  // A marker of an earlier answer that was followed is let go, so that the new answer's sources show, from the first.
  function toLatest() {
    if (location.hash) location.replace("#-");
    one("#sources").scrollTop = 0;
  }

  // Whoever began a new conversation in this tab finds it empty after a reload, too, and not the one before.
  const ANEW = "askdivide.anew";
  function noteAnew(anew) {
    try {
      if (anew) sessionStorage.setItem(ANEW, "yes"); else sessionStorage.removeItem(ANEW);
    } catch { /* A browser that keeps nothing opens the latest. */ }
  }
  function begunAnew() {
    try {
      return sessionStorage.getItem(ANEW) ?? "";
    } catch {
      return "";
    }
  }
  document.addEventListener("click", (event) => { if (event.target.closest("#new")) noteAnew(true); });

  function arrived() {
    const address = new URL(location);
    const asks = address.searchParams.has("q");
    address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    // As if sent by hand, as soon as the question is in the box: who asks nothing on arrival takes no place in the queue.
    const send = (tries) => {
      if (document.querySelector("#question textarea")?.value.trim()) document.querySelector("#question .submit-button")?.click();
      else if (tries) setTimeout(() => send(tries - 1), 50);
    };
    if (asks) send(60);
  }

  return { drawer, save, toQuestion, toLatest, mend, arrived, begunAnew };
})();
