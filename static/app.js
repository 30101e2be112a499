// The only script. Without it everything works: pages show the time of the moment they were made.
// With it, countdowns go on, a page that has been open for long says so, and arrow keys move between rows.

const MINUTE = 60, HOUR = 3600, DAY = 86400;

/** A length in two units at most, as the server writes it (obligations/reading.py, span). */
export function span(seconds) {
  const days = Math.floor(seconds / DAY), hours = Math.floor(seconds % DAY / HOUR), minutes = Math.floor(seconds % HOUR / MINUTE);
  if (days > 9) return `${days} d`;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return `${minutes} min`;
}

// What is ahead becomes what is behind when its instant passes: "2 min left", "1 min late".
const AFTER = { "left": "late", "to target": "over target" };

function tick() {
  for (const pill of document.querySelectorAll("[data-until]")) {
    const text = pill.querySelector("span");
    const word = text.textContent.replace(/^[\d a-z]*?\b(left|late|to target|over target)$/, "$1");
    const seconds = (Date.parse(pill.dataset.until) - Date.now()) / 1000;
    const passed = seconds < 0 && AFTER[word];
    if (passed) pill.className = `pill ${word === "left" ? "pill-late" : "pill-soon"}`;
    const said = `${span(Math.abs(seconds))} ${passed || word}`;
    if (text.textContent !== said && /^(left|late|to target|over target)$/.test(word)) text.textContent = said;
  }
}
setInterval(tick, 15_000);

const age = document.getElementById("page-age");
if (age) setTimeout(() => { age.hidden = false; }, Number(age.dataset.seconds) * 1000);

// In a list of rows the arrow keys go to the action of the next row; Enter takes it.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const rows = event.target.closest?.(".table-region")?.querySelectorAll(".rows tbody tr");
  if (!step || !rows?.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const here = [...rows].indexOf(event.target.closest("tr"));
  const next = rows[here + step] ?? (here < 0 ? rows[0] : null);
  const action = next?.querySelector(".do a") ?? next?.querySelector("a");
  if (action) { action.focus(); event.preventDefault(); }
});
