// What textual.js finds when it begins: where the WebSocket is, and how large the letters are. And what it lacks: keys
// for fingers, and an end that is not for ever.
"use strict";
const LEAST_COLUMNS = 42, LETTER = 0.6, LARGEST_PX = 16, SMALLEST_PX = 8, AGAIN_MS = 5000, ENDED = 1000;
const terminal = document.getElementById("terminal");
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/tab/${terminal.dataset.ticket}`;
const wanted = Number(new URLSearchParams(location.search).get("fontsize"));
const fits = Math.floor(window.innerWidth / LEAST_COLUMNS / LETTER);
terminal.dataset.fontSize = wanted >= SMALLEST_PX && wanted <= 64
  ? wanted : Math.max(SMALLEST_PX, Math.min(LARGEST_PX, fits));

let socket = null;
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url);
    socket = this;
    // Its screen was quit: that is for the user to undo. All else, such as a restart, mends itself.
    this.addEventListener("close", (event) => { if (event.code !== ENDED) setInterval(again, AGAIN_MS); });
  }
};
const isOver = () => document.body.classList.contains("-closed");
const again = () => fetch("/", { cache: "no-store" }).then((page) => { if (page.ok) location.reload(); }, () => {});
document.getElementById("again").addEventListener("click", again);
document.addEventListener("keydown", (event) => { if (event.key === "Enter" && isOver()) again(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && isOver()) again(); });

// The keyboard of a phone covers half of the screen: it comes only when it is asked for.
const typing = document.getElementById("typing");
const setTyping = (on) => {
  const field = document.querySelector(".xterm-helper-textarea");
  if (field === null) return;
  field.inputMode = on ? "text" : "none";
  typing.setAttribute("aria-pressed", on);
  field.blur();
  if (on) field.focus();
};
if (matchMedia("(pointer: coarse)").matches) {
  window.addEventListener("load", () => setTimeout(() => setTyping(false)));  // textual.js makes the field at "load"
}
typing.addEventListener("click", () => setTyping(typing.getAttribute("aria-pressed") !== "true"));
for (const key of document.querySelectorAll("#keys [data-key]")) {
  key.addEventListener("click", () => {
    if (socket !== null && socket.readyState === 1) socket.send(JSON.stringify(["stdin", key.dataset.key]));
  });
}
