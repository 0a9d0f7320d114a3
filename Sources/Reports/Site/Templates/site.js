"use strict";
// Sorting: each header cell of a table becomes a button.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falls = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      sort(table.tBodies[0], column, falls);
    });
  });
}

function sort(body, column, falls) {
  const key = row => row.cells[column].dataset.sort;
  const order = (a, b) => {
    if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === ""); // empty cells last, either way
    const [x, y] = [Number(key(a)), Number(key(b))];
    const sign = Number.isNaN(x) || Number.isNaN(y) ? key(a).localeCompare(key(b)) : x - y;
    return falls ? -sign : sign;
  };
  body.append(...[...body.rows].sort(order));
}

// The query browser: all queries are in the page, the table shows those that match.
const store = document.getElementById("queries");
if (store) {
  const { queries, values } = JSON.parse(store.textContent);
  const body = document.querySelector("table.sortable").tBodies[0];
  const differing = [...body.rows];
  const most = 200;
  const cell = (kind, text, sortKey, isNumber) => {
    const element = document.createElement(kind);
    element.textContent = text;
    element.dataset.sort = sortKey;
    if (isNumber) element.className = "number";
    return element;
  };
  const find = document.getElementById("find");
  find.form.addEventListener("submit", event => event.preventDefault());
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    const found = document.getElementById("found");
    if (wanted === "") {
      body.replaceChildren(...differing);
      found.textContent = "";
      return;
    }
    const hits = queries.flatMap((name, place) => name.toLowerCase().includes(wanted) ? [place] : []);
    body.replaceChildren(...hits.slice(0, most).map(place => {
      const row = document.createElement("tr");
      const head = cell("th", queries[place], queries[place], false);
      head.scope = "row";
      row.append(head, ...values[place].map(value =>
        value === null ? cell("td", "", "", false) : cell("td", value.toFixed(1), value, true)));
      return row;
    }));
    found.textContent = `${hits.length} found` + (hits.length > most ? `, the first ${most} shown` : "");
  });
}
