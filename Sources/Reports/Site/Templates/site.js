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

// A cell is sorted by the number that it begins with, 97.02 of "97.02 (96.56-97.50) / 99.96", or by its text.
function sort(body, column, falls) {
  const keys = new Map([...body.rows].map(row => {
    const text = row.cells[column].textContent;
    const first = text.split(/[ /]/)[0].replaceAll(",", "");
    return [row, { text, number: /^[-+]?[0-9]*\.?[0-9]+$/.test(first) ? Number(first) : NaN }];
  }));
  const order = (a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (x.text === "" || y.text === "") return (x.text === "") - (y.text === ""); // empty cells last, either way
    const both = !Number.isNaN(x.number) && !Number.isNaN(y.number);
    const sign = both ? x.number - y.number : x.text.localeCompare(y.text);
    return falls ? -sign : sign;
  };
  body.append(...[...body.rows].sort(order));
}

// The query browser: all queries are in the page, the table shows those that match.
const store = document.getElementById("queries");
if (store) {
  const { queries, values, runs } = JSON.parse(store.textContent);
  // Two digits of base 64 a value, its tenths of a percent; a tilde for none.
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const value = (row, place) => row[2 * place] === "~"
    ? null : (digits.indexOf(row[2 * place]) * 64 + digits.indexOf(row[2 * place + 1])) / 10;
  const body = document.querySelector("table.sortable").tBodies[0];
  const differing = [...body.rows];
  const most = 200;
  const cell = (kind, text, isNumber) => {
    const element = document.createElement(kind);
    element.textContent = text;
    if (isNumber) element.className = "number";
    return element;
  };
  // A query's name is a button that shows its commands.
  const quoted = word => /^[\w./=,+@:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  const chosen = document.getElementById("chosen");
  const named = name => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      chosen.hidden = false;
      chosen.querySelector("h2").textContent = name;
      chosen.querySelector("pre").textContent =
        runs.map(run => `rankbridge rank --run ${run} ${quoted(name)}`).join("\n");
      chosen.scrollIntoView({ block: "nearest" });
    });
    return button;
  };
  for (const row of differing) row.cells[0].replaceChildren(named(row.cells[0].textContent));
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
      const head = cell("th", "", false);
      head.scope = "row";
      head.append(named(queries[place]));
      row.append(head, ...values.map(row => value(row, place)).map(percent =>
        percent === null ? cell("td", "", false) : cell("td", percent.toFixed(1), true)));
      return row;
    }));
    found.textContent = `${hits.length} found` + (hits.length > most ? `, the first ${most} shown` : "");
  });
}
