// The pictures: words for the mark under the pointer, and pictures saved as files, made here and sent nowhere.
(() => {
  const LOOK = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight"];
  const article = (link) => link.getAttribute("href").split("&")[0];
  document.addEventListener("mouseover", (event) => {
    const link = event.target.closest(".picture > svg a");
    if (!link) return;
    const picture = link.closest(".picture");
    const tip = picture.querySelector(".tip");
    if (tip) tip.textContent = link.querySelector("title").textContent;
    if (!tip) return;
    for (const other of picture.querySelectorAll("svg a")) other.classList.toggle("same", article(other) === article(link));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (button) save(button.closest(".picture").querySelector(":scope > svg"), button.dataset.save, button.dataset.name);
  });
  const plain = (drawing) => {
    const copy = drawing.cloneNode(true);
    const theirs = copy.querySelectorAll("*");
    drawing.querySelectorAll("*").forEach((element, number) => {
      const look = getComputedStyle(element);
      if (element.tagName !== "title") theirs[number].setAttribute("style", LOOK.map((name) => `${name}:${look.getPropertyValue(name)}`).join(";"));
    });
    for (const link of copy.querySelectorAll("a")) {
      const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
      group.append(...link.childNodes);
      link.replaceWith(group);
    }
    const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    paper.setAttribute("width", "100%");
    paper.setAttribute("height", "100%");
    paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
    copy.prepend(paper);
    return new XMLSerializer().serializeToString(copy);
  };
  const save = async (drawing, kind, name) => {
    const text = plain(drawing);
    let blob = new Blob([text], { type: "image/svg+xml" });
    if (kind === "png") {
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
      await image.decode();
      // Twice the size, for sharp print.
      const canvas = Object.assign(document.createElement("canvas"), { width: drawing.clientWidth * 2, height: drawing.clientHeight * 2 });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    }
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${name}.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
})();
