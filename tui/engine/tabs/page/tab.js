// What textual.js finds when it begins: where the WebSocket is, and how large the letters are. And what it lacks: keys
// for fingers, and an end that is not for ever.
"use strict";
const LEAST_COLUMNS = 42, LETTER = 0.6, LARGEST_PX = 16, SMALLEST_PX = 8, AGAIN_MS = 5000, ENDED = 1000;
const LONGEST = 4096, PASTED = "\x1b[201~";
const terminal = document.getElementById("terminal");
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/tab/${terminal.dataset.ticket}`;
const wanted = Number(new URLSearchParams(location.search).get("fontsize"));
const fits = Math.floor(window.innerWidth / LEAST_COLUMNS / LETTER);
terminal.dataset.fontSize = wanted >= SMALLEST_PX && wanted <= 64
  ? wanted : Math.max(SMALLEST_PX, Math.min(LARGEST_PX, fits));

let socket = null, wasQuit = false;
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url);
    socket = this;
    this.addEventListener("close", (event) => {
      // Its screen was quit: that is for the user to undo. All else, such as a restart, mends itself.
      wasQuit = event.code === ENDED;
      if (wasQuit) return;
      tell(`${event.reason || "hwtui does not answer."} It is tried again every five seconds.`);
      setInterval(again, AGAIN_MS);
    });
  }
  send(message) {
    if (this.readyState !== WebSocket.OPEN) return;  // as when it gets the focus at the start
    if (message.length > 2 * LONGEST) {  // pasted; hwtui takes no more, and shuts out who sends very much
      const [kind, text] = JSON.parse(message);
      message = JSON.stringify([kind, text.slice(0, LONGEST) + (text.endsWith(PASTED) ? PASTED : "")]);
    }
    super.send(message);
  }
};
const isOver = () => document.body.classList.contains("-closed");
const tell = (text) => { document.querySelector("#over p").textContent = text; };
// An address with a password in it, as in a bookmark of a tablet, cannot be fetched from: its origin can.
const again = () => fetch(`${location.origin}/`, { cache: "no-store" }).then(
  (page) => page.ok ? location.reload() : page.text().then(tell),
  () => { if (wasQuit) tell("hwtui does not answer. Is it still running?"); },
);
document.getElementById("again").addEventListener("click", again);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !isOver()) return;
  event.preventDefault();  // of the button, which would do it a second time
  again();
}, true);  // before the terminal, which keeps enter for itself
document.addEventListener("visibilitychange", () => { if (!document.hidden && isOver() && !wasQuit) again(); });

// The keyboard of a phone covers half of the screen: it comes only when it is asked for.
const typing = document.getElementById("typing");
const fieldOf = () => document.querySelector(".xterm-helper-textarea");  // textual.js makes it at "load"
const setTyping = (on) => {
  const field = fieldOf();
  if (field === null) return;
  field.inputMode = on ? "text" : "none";
  typing.setAttribute("aria-pressed", on);
  field.blur();
  if (on) field.focus();
};
window.addEventListener("load", () => setTimeout(() => {
  if (matchMedia("(pointer: coarse)").matches) setTyping(false);
  else fieldOf()?.focus();  // else keys go nowhere until a click
}));
// Else a tap on a key would take the keyboard away.
document.getElementById("keys").addEventListener("mousedown", (event) => event.preventDefault());
typing.addEventListener("click", () => setTyping(typing.getAttribute("aria-pressed") !== "true"));
for (const key of document.querySelectorAll("#keys [data-key]")) {
  key.addEventListener("click", () => {
    if (socket !== null && socket.readyState === 1) socket.send(JSON.stringify(["stdin", key.dataset.key]));
  });
}
