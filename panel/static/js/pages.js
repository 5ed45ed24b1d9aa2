// The few behaviours that pages have beyond htmx, found by data- attributes. Nothing here is needed.
"use strict";

const words = (name) => document.querySelector(`template[data-${name}]`)?.content.textContent ?? "";

// says a line of our own under what the server said, in place of the last one
function announce(text, look) {
  const place = document.getElementById("notices");
  const line = document.createElement("p");
  line.className = `notice ${look}`;
  line.dataset.said = "";
  line.textContent = text;
  place?.querySelector("[data-said]")?.remove();
  place?.append(line);
}

function show(root) {
  const able = navigator.clipboard ? "[data-copy], [data-print], [data-generate]" : "[data-print], [data-generate]"; // no clipboard without HTTPS
  root.querySelectorAll(able).forEach((button) => { button.hidden = false; });
  root.querySelectorAll("[data-unpicked]").forEach((done) => { sessionStorage.removeItem(done.dataset.unpicked); });
  root.querySelectorAll("[data-pick]").forEach(tick);
  root.querySelectorAll("[data-unscripted]").forEach((button) => { button.hidden = true; });
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    announce(`${words("copied")} ${copy.dataset.copy}`, "good");
  }
  if (event.target.closest("[data-print]")) window.print();
});

// a form that is being sent is not sent twice; the back button finds it unlocked
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-lock]")) return;
  const buttons = event.target.querySelectorAll("button:not([type=button])");
  setTimeout(() => buttons.forEach((button) => { button.disabled = true; }));
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-lock] button").forEach((button) => { button.disabled = false; });
  document.querySelectorAll("[data-pick]").forEach(tick);
});

let slow;
document.addEventListener("htmx:before:request", () => {
  clearTimeout(slow);
  slow = setTimeout(() => document.querySelector("[data-progress]")?.classList.add("on"), 150);
});
document.addEventListener("htmx:finally:request", () => {
  clearTimeout(slow);
  document.querySelector("[data-progress]")?.classList.remove("on");
});
// what a proxy or the server before the application answers (414, 502) is no part of a page
document.addEventListener("htmx:before:response", (event) => {
  if (event.detail.ctx.response.headers.get("Youju-Answer") === "page") return;
  event.preventDefault();
  announce(words("failed"), "bad");
});
document.addEventListener("htmx:error", () => announce(words("offline"), "bad"));
document.addEventListener("htmx:after:swap", (event) => {
  show(document);
  // after a refused form its first wrong field; never while something else is being typed
  if (event.detail?.ctx?.sourceElement?.matches("form[method=post]")) {
    document.querySelector("[aria-invalid=true]")?.focus();
  }
});

// a menu that is open closes by a click elsewhere or Escape
function close(except) {
  document.querySelectorAll(".drop[open]").forEach((drop) => { if (!drop.contains(except)) drop.open = false; });
}
document.addEventListener("click", (event) => close(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.activeElement?.closest(".drop[open]")?.querySelector("summary")?.focus();
  close(null);
});

// rows ticked on one page of a list stay ticked on the others, until something is done to them
const kept = (path) => new Set(JSON.parse(sessionStorage.getItem(path) ?? "[]"));
const keep = (path, names) => sessionStorage.setItem(path, JSON.stringify([...names]));

function tick(form) {
  const names = kept(form.dataset.pick);
  const boxes = [...form.querySelectorAll("[name=pick]")];
  boxes.forEach((box) => { box.checked = names.has(box.value); });
  const page = form.querySelector("[data-pick-page]");
  page.hidden = false;
  page.checked = boxes.every((box) => box.checked);
  form.querySelector("[name=picks]").value = [...names].join(" ");
  const all = form.querySelector("[name=all]").checked;
  const said = form.querySelector("[data-picked]");
  said.textContent = said.dataset.picked.replace("#", names.size);
  said.hidden = all;
  form.querySelector("[data-unpick]").hidden = names.size === 0;
  form.querySelectorAll("[name=action]").forEach((button) => { button.disabled = names.size === 0 && !all; });
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-pick]");
  if (!form) return;
  const names = kept(form.dataset.pick);
  const boxes = event.target.matches("[data-pick-page]") ? [...form.querySelectorAll("[name=pick]")] : [event.target];
  boxes.filter((box) => box.name === "pick").forEach((box) => {
    const wanted = event.target.checked;
    if (wanted) names.add(box.value); else names.delete(box.value);
  });
  keep(form.dataset.pick, names);
  tick(form);
});
document.addEventListener("click", (event) => {
  const form = event.target.closest("[data-unpick]")?.closest("[data-pick]");
  if (!form) return;
  keep(form.dataset.pick, []);
  tick(form);
});
// they are forgotten once it is done: a form that was refused still needs them
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const path = ctx.sourceElement?.dataset?.unpickAfter;
  if (path && ctx.response.status < 400) sessionStorage.removeItem(path);
});

const menus = document.querySelector("[data-menus]");
const wide = window.matchMedia("(min-width: 768px)");
const unfold = () => { if (menus) menus.open = wide.matches; };
wide.addEventListener("change", unfold);
unfold();
show(document);
