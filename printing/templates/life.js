"use strict";
const articles = [...document.querySelectorAll("article")];
const links = [...document.querySelectorAll("nav a")];
const moments = [...document.querySelectorAll(".moment")];
let here = 0;
function show(place) {
  here = Math.min(Math.max(place, 0), articles.length - 1);
  for (const list of [articles, links, moments]) list.forEach((each, at) => each.classList.toggle("here", at === here));
  links[here].scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", "#fact-" + (here + 1));
  if (!document.body.classList.contains("one")) articles[here].scrollIntoView({ block: "start" });
}
function named() { return Number(location.hash.replace("#fact-", "")) - 1 || 0; }
document.addEventListener("keydown", (pressed) => {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return;
  const turns = { ArrowRight: here + 1, j: here + 1, ArrowLeft: here - 1, k: here - 1, Home: 0, End: articles.length - 1 };
  if (pressed.key in turns) { pressed.preventDefault(); show(turns[pressed.key]); }
  if (pressed.key === "a" || pressed.key === "A") { document.body.classList.toggle("one"); show(here); }
});
links.forEach((link, at) => link.addEventListener("click", (pressed) => { pressed.preventDefault(); show(at); }));
addEventListener("hashchange", () => show(named()));
document.body.classList.add("one");
show(named());
