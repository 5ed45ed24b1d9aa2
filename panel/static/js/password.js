// Beside a password that is being chosen: another one by a button, and how strong a typed one is.
"use strict";

const LETTERS = "abcdefghjkmnpqrstuvwxyz"; // none that looks like another
const DIGITS = "23456789";

function pick(signs) {
  const limit = 256 - (256 % signs.length); // so that each sign is as likely as the others
  let byte;
  do { [byte] = crypto.getRandomValues(new Uint8Array(1)); } while (byte >= limit);
  return signs[byte % signs.length];
}

const group = () => pick(LETTERS) + pick(LETTERS) + pick(LETTERS) + pick(DIGITS);

function strength(password) {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password)).length;
  const varied = new Set(password).size;
  if (password.length < 10 || varied < 5) return 0;
  return password.length >= 14 && kinds >= 2 && varied >= 8 ? 2 : 1;
}

function judge(field) {
  const place = field.closest(".field").querySelector("[data-strength]");
  const degree = strength(field.value);
  place.textContent = field.value ? place.dataset.strength.split("|")[degree] : "";
  place.className = ["bad", "warn", "good"][degree];
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-choose-password]")) judge(event.target);
});

document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-generate]")) return;
  const field = event.target.closest(".field").querySelector("input");
  field.value = [group(), group(), group(), group()].join("-");
  judge(field);
});
