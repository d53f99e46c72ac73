// What textual.js finds when it begins: where the WebSocket is, and how large the letters are.
"use strict";
const LEAST_COLUMNS = 42, LETTER = 0.6, LARGEST_PX = 16, SMALLEST_PX = 8;
const terminal = document.getElementById("terminal");
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/tab/${terminal.dataset.ticket}`;
const wanted = Number(new URLSearchParams(location.search).get("fontsize"));
const fits = Math.floor(window.innerWidth / LEAST_COLUMNS / LETTER);
terminal.dataset.fontSize = wanted >= SMALLEST_PX && wanted <= 64
  ? wanted : Math.max(SMALLEST_PX, Math.min(LARGEST_PX, fits));

const again = () => location.reload();
document.getElementById("again").addEventListener("click", again);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && document.body.classList.contains("-closed")) again();
});
// A phone that slept, or a laptop that was carried elsewhere: what has ended meanwhile begins anew when it is looked at.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.body.classList.contains("-closed")) again();
});
