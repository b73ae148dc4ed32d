// Presses the controls of an exported page and writes down what it shows.
(async () => {
  const seen = {};
  const look = (what) => {
    const source = document.querySelector("#code .now"), line = document.querySelector("#lines .now");
    seen[what] = [
      $("state").textContent,
      line ? line.querySelector(".text").innerText : "",
      source ? +source.dataset.n : 0,
      location.hash,
    ].join(" | ");
  };
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const point = (share) => {
    const box = document.querySelector(".over").getBoundingClientRect();
    const at = { pointerId: 1, clientX: box.left + box.width * share, clientY: box.top + 5, bubbles: true };
    document.querySelector(".rows").dispatchEvent(new PointerEvent("pointerdown", at));
  };
  look("a link to a moment");
  $("next").click();
  look("next");
  $("back").click();
  $("back").click();
  look("two back");
  press("ArrowRight");
  look("right");
  press("End");
  look("End");
  press("Home");
  look("Home");
  press("PageDown");
  look("PageDown");
  $("scrub").value = 0.7;
  $("scrub").dispatchEvent(new Event("input"));
  look("scrubbed");
  point(0.5);
  look("half of the timeline");
  document.querySelectorAll("#lines a")[3].click();
  look("line 4");
  press("Home");
  $("speed").value = "16";
  $("speed").dispatchEvent(new Event("change"));
  press(" ");
  look("playing");
  const waits = (done) => new Promise((resolve) => {
    const poll = () => (done() ? resolve() : setTimeout(poll, 10));
    poll();
  });
  await waits(() => $("state").textContent.startsWith("END"));
  look("played");
  $("play").click();
  look("again");
  $("play").click();
  look("paused");
  location.hash = "#t=0.639";
  await waits(() => location.hash === "#t=0.639" && $("state").textContent.includes("0.639"));
  look("another link");
  seen.errors = errors.join("; ");
  seen.fetched = String(performance.getEntriesByType("resource").length);
  const unnamed = [...document.querySelectorAll("button,input,select,[role=region],section")]
    .filter((it) => !(it.getAttribute("aria-label") || it.getAttribute("aria-labelledby")));
  seen.unnamed = unnamed.map((it) => it.outerHTML).join();
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
})();
