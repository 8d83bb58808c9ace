// Articles open over the chat. Without this script their links lead to pages of their own, which say the same.
(() => {
  const BROKEN = "The article cannot be shown. Reload the page; where that does not help, start askdivide again.";
  let reader, asked = 0;

  const make = () => {
    reader = document.createElement("dialog");
    reader.id = "reader";
    reader.setAttribute("aria-label", "Article");
    reader.innerHTML = '<div class="bar"><a class="tab" target="_blank" rel="noopener">Open in a tab</a>'
      + '<button type="button" class="close">Close</button></div><div class="pane" tabindex="0"></div>';
    reader.querySelector(".close").addEventListener("click", () => reader.close());
    // Outside is where the dialog's own box is hit; words that are being selected may lead there, too.
    let pressed = null;
    reader.addEventListener("pointerdown", (event) => { pressed = event.target; });
    reader.addEventListener("click", (event) => { if (event.target === reader && pressed === reader) reader.close(); });
    // The browser's way back closes the article, too.
    reader.addEventListener("close", () => { if (history.state?.article) history.back(); });
    window.addEventListener("popstate", (event) => { if (reader.open && !event.state?.article) reader.close(); });
    document.body.append(reader);
  };

  const open = async (href) => {
    const url = new URL(href, location.href), turn = ++asked;
    if (!reader) make();
    const pane = reader.querySelector(".pane");
    reader.querySelector(".tab").href = url.href;
    let article = document.createElement("p");
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      article = page.querySelector("main.article") ?? Object.assign(article, { textContent: BROKEN });
    } catch {
      article.textContent = BROKEN;
    }
    if (turn !== asked) return;
    const part = document.createElement("div");
    part.className = "article";
    part.append(...(article.matches("main") ? article.childNodes : [article]));
    pane.replaceChildren(part);
    if (!reader.open) {
      reader.showModal();
      history.pushState({ article: true }, "");
    }
    pane.scrollTop = 0;
    pane.focus({ preventScroll: true });
    go(url.hash);
  };

  const go = (hash) => {
    const place = hash && [...reader.querySelectorAll("[id]")].find((one) => `#${one.id}` === hash);
    if (place) place.scrollIntoView({ block: hash === "#end" ? "end" : "center" });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const href = link.getAttribute("href");
    if (href.startsWith("/article?") && link.target !== "_blank") {
      event.preventDefault();
      open(href);
    } else if (reader?.contains(link) && href.startsWith("#")) {
      event.preventDefault();
      go(href);
    }
  });

  // ?doc= opens an article on arrival.
  const wanted = new URLSearchParams(location.search);
  if (wanted.get("doc")) {
    const kept = new URLSearchParams([...wanted].filter(([name]) => ["doc", "v", "at"].includes(name)));
    const begin = () => open(`/article?${kept}${wanted.get("at") ? "#here" : ""}`);
    if (document.body) begin(); else document.addEventListener("DOMContentLoaded", begin);
  }
})();
