// The table of articles: found, sorted and selected in the browser.
(() => {
  const table = () => document.querySelector("#articles table");
  const words = () => (document.querySelector("#find")?.value ?? "").toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let order = null, stage = "";

  const key = (row, column) => {
    const cell = row.cells[column];
    return (cell.dataset.key ?? cell.textContent).toLocaleLowerCase();
  };

  const sort = () => {
    if (!order) return;
    const heads = [...table().tHead.rows[0].cells];
    const column = heads.findIndex((head) => head.textContent === order.name);
    if (column < 0) return;
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", order.down ? "descending" : "ascending");
    const body = table().tBodies[0], turn = order.down ? -1 : 1;
    // What has nothing there comes last, either way.
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => (!a - !b) || turn * a.localeCompare(b, undefined, { numeric: true }));
    body.append(...rows.map(([, row]) => row));
  };

  const filter = () => {
    const wanted = words(), rows = [...table().tBodies[0].rows];
    let found = 0;
    for (const row of rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
      // What is not seen must not be removed.
      if (row.hidden && row.querySelector(".pick")) row.querySelector(".pick").checked = false;
      found += !row.hidden;
    }
    const count = table().caption;
    count.textContent = wanted.length ? `${found} of ${count.dataset.all}` : count.dataset.all;
    document.querySelector("#articles .unmatched").hidden = found > 0;
  };

  document.addEventListener("input", (event) => { if (event.target.id === "find" && table()) filter(); });
  document.addEventListener("articles", () => { if (table()) { sort(); filter(); } });
  // On a narrow window the line that tells of a change is far from where files are dropped.
  document.addEventListener("told", () => {
    const place = document.querySelector("#told"), now = place.querySelector("[role=status]") ? "end" : "doing";
    if (now !== stage) place.scrollIntoView({ block: "nearest" });
    stage = now;
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("#articles .pick-all")) return;
    for (const box of table().querySelectorAll("tbody tr:not([hidden]) .pick")) box.checked = event.target.checked;
  });
  document.addEventListener("click", (event) => {
    const head = event.target.closest?.("#articles thead th");
    if (!head || !event.target.closest("button")) return;
    order = { name: head.textContent, down: head.getAttribute("aria-sort") === "ascending" };
    sort();
  });
})();
