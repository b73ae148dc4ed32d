"use strict";
// The state is a moment and how many lines have been said; all else follows.
const $ = (id) => document.getElementById(id);
const recording = JSON.parse($("recording").textContent);
const said = recording.events.filter((event) => event.text !== undefined);
const items = [...$("lines").children];
const marks = [...document.querySelectorAll(".row .mark")];
const end = +$("cursor").dataset.end;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let now = 0, shown = 0, playing = false, before = 0, marked = null;

const speed = () => +$("speed").value;
const saidAt = (t) => said.filter((line) => line.t <= t).length;
const clock = (t) => t.toFixed(3) + " s";

function show() {
  const share = end ? Math.min(1, now / end) * 100 : 0;
  $("cursor").style.left = share + "%";
  $("later").style.left = share + "%";
  $("scrub").value = now;
  $("scrub").setAttribute("aria-valuetext", `${clock(now)}, line ${shown} of ${said.length}`);
  const word = playing ? "PLAYING" : now >= end && shown === said.length ? "END" : "PAUSED";
  const pace = $("speed").selectedOptions[0].text;
  $("state").textContent = `${word} ${shown}/${said.length} ${clock(now)} ${pace}`;
  $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  $("play").classList.toggle("on", playing);
  if (marked !== shown) mark();
}

// Marks the newest line, in the log and in the source.
function mark() {
  items.forEach((item, index) => {
    item.classList.toggle("later", index >= shown);
    const newest = index === shown - 1;
    item.classList.toggle("now", newest);
    if (newest) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
  marks.forEach((mark) => {
    const { line, last } = mark.dataset;
    mark.classList.toggle("later", +line > shown);
    const newest = +line <= shown && shown <= +last && said[shown - 1].lane === said[line - 1].lane;
    mark.classList.toggle("now", newest);
    if (newest) reveal(mark.closest(".row"));
  });
  document.querySelectorAll("#code .now").forEach((line) => line.classList.remove("now"));
  const item = items[shown - 1];
  let where = "", note = "";
  if (item) {
    where = said[shown - 1].at.split("/").pop();
    note = item.dataset.note || "";
    const line = $("code") && $("code").dataset.file === said[shown - 1].at.replace(/:\d+$/, "")
      && $("L" + where.split(":")[1]);
    if (line) {
      line.classList.add("now");
      reveal(line);
    }
    reveal(item);
  } else if (items[0]) reveal(items[0]);
  if ($("where")) $("where").textContent = where;
  if ($("note")) $("note").textContent = note;
  if (!playing && item) $("told").textContent = `${item.innerText}. ${where}. ${note}`;
  marked = shown;
}

// Scrolls what is around it, never the page.
function reveal(element) {
  const body = element.closest(".body, .scroll"), above = element.offsetTop, below = above + element.offsetHeight;
  const room = body.clientHeight / 4;
  if (above - room < body.scrollTop || below + room > body.scrollTop + body.clientHeight)
    body.scrollTo({ top: above - body.clientHeight / 2, behavior: marked === null ? "instant" : "auto" });
}

function seek(t, lines) {
  now = Math.max(0, Math.min(end, t));
  shown = lines === undefined ? saidAt(now) : lines;
  show();
  if (!playing) link();
}

// Keeps the address a link to this moment, without a step in the history.
function link() {
  const hash = "#t=" + +now.toFixed(6);
  if (location.hash !== hash) location.replace(hash);
}

function step(by) {
  pause();
  const lines = Math.max(0, Math.min(said.length, shown + by));
  seek(lines ? said[lines - 1].t : 0, lines);
}

function pause() {
  playing = false;
  show();
  link();
}

function toggle() {
  if (playing) return pause();
  if (now >= end) seek(0, 0);
  playing = true;
  before = performance.now();
  show();
  requestAnimationFrame(frame);
}

function frame(at) {
  if (!playing) return;
  now = Math.min(end, now + Math.max(0, at - before) / 1000 * speed());
  before = at;
  const lines = saidAt(now);
  if (now >= end) {
    shown = lines;
    return pause();
  }
  if (lines !== shown || !calm.matches) {
    shown = lines;
    show();
  }
  requestAnimationFrame(frame);
}

function faster(by) {
  const select = $("speed");
  select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + by));
  show();
}

function fromLink() {
  const t = parseFloat((/[#&]t=([\d.]+)/.exec(location.hash) || [])[1]);
  if (!isNaN(t) && Math.abs(t - now) > 1e-6) {
    playing = false;
    seek(t);
  }
}

const keys = {
  " ": toggle, k: toggle,
  ArrowRight: () => step(1), ArrowLeft: () => step(-1),
  PageDown: () => seek(now + 1), PageUp: () => seek(now - 1),
  Home: () => { pause(); seek(0, 0); }, End: () => { pause(); seek(end, said.length); },
  "+": () => faster(1), "-": () => faster(-1),
};
addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[key]) return;
  if (target.tagName === "SELECT" || key === " " && /^(BUTTON|A)$/.test(target.tagName)) return;
  event.preventDefault();
  keys[key]();
});
$("play").onclick = toggle;
$("back").onclick = () => step(-1);
$("next").onclick = () => step(1);
$("start").onclick = keys.Home;
$("finish").onclick = keys.End;
$("speed").onchange = show;
$("scrub").oninput = () => { playing = false; seek(+$("scrub").value); };
items.forEach((item, index) => {
  item.firstElementChild.onclick = (event) => {
    event.preventDefault();
    playing = false;
    seek(said[index].t, index + 1);
  };
});

// Press or drag on the timeline.
const rows = document.querySelector(".rows"), over = $("cursor").parentElement;
const drag = (event) => {
  const box = over.getBoundingClientRect();
  playing = false;
  seek((event.clientX - box.left) / box.width * end);
};
rows.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const mark = event.target.closest(".mark");
  if (mark) return seek(said[mark.dataset.line - 1].t, +mark.dataset.line);
  drag(event);
  rows.setPointerCapture(event.pointerId);
});
rows.addEventListener("pointermove", (event) => rows.hasPointerCapture(event.pointerId) && drag(event));
rows.addEventListener("click", (event) => event.preventDefault());
addEventListener("hashchange", fromLink);

$("player").hidden = false;
// A run of milliseconds is played slowly, one of minutes fast.
const paces = [...$("speed").options].map((option) => +option.value);
const fits = paces.findLastIndex((pace) => end / pace >= 6);
$("speed").selectedIndex = end > 60 ? Math.max(paces.indexOf(1), paces.findIndex((pace) => end / pace <= 60)) : Math.min(paces.indexOf(1), Math.max(0, fits));
if (/t=/.test(location.hash)) fromLink();
show();
