// What the page says while a question waits for others, or when the server turns it away. Gradio's own words for it are hidden.
(() => {
  const ask = window.fetch;
  let due = 0;
  let waiting = "";
  const say = (words) => {
    clearTimeout(due);
    const box = document.querySelector("#question");
    let line = document.querySelector("#waiting");
    if (!line && words && box) {
      line = Object.assign(document.createElement("p"), { id: "waiting" });
      line.setAttribute("role", "status");
      line.append(document.createElement("span"));
      (box.closest(".form") || box).before(line);
    }
    if (line) line.firstChild.textContent = words;
  };
  const heard = (message) => {
    if (message.msg === "estimation") {
      waiting = message.event_id;
      const { rank, rank_eta: eta } = message;
      const place = !rank ? "Yours is the next question" : rank === 1 ? "One question waits before yours" : `${rank} questions wait before yours`;
      const seconds = Math.max(1, Math.round(eta || 0));
      const long = eta ? `; about ${seconds} second${seconds === 1 ? "" : "s"}` : "";
      clearTimeout(due);
      // Most wait for no time at all.
      due = setTimeout(() => say(`${place}${long}.`), 600);
    } else if (message.event_id === waiting) say("");
  };
  const listen = async (stream) => {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = "", piece; !(piece = await reader.read()).done; ) {
      const lines = (text + piece.value).split("\n");
      text = lines.pop();
      for (const line of lines) {
        // The messages that hold a whole conversation are long; what tells them stands at their beginning.
        const kind = /^data: *\{"msg":"(estimation|process_\w+)","event_id":"(\w+)"/.exec(line);
        if (kind) heard(kind[1] === "estimation" ? JSON.parse(line.slice(5)) : { msg: kind[1], event_id: kind[2] });
      }
    }
    say("");
  };
  window.fetch = async (...given) => {
    const response = await ask(...given);
    const url = String(given[0] instanceof Request ? given[0].url : given[0]);
    if (response.status === 401) location.reload();
    else if (url.includes("/queue/join")) say(response.status === 503 ? "Too many questions are waiting. Yours is still in the box; send it again in a minute." : "");
    else if (url.includes("/queue/data") && response.ok) listen(response.clone().body).catch(() => say(""));
    return response;
  };
})();
