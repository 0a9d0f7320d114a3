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
  const { queries, values, runs, names, orders: { documents, entries } } = JSON.parse(store.textContent);
  // Two digits of base 64 a value, its tenths of a percent; a tilde for none.
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const value = (row, place) => row[2 * place] === "~"
    ? null : (digits.indexOf(row[2 * place]) * 64 + digits.indexOf(row[2 * place + 1])) / 10;
  const body = document.querySelector("table.sortable").tBodies[0];
  const differing = [...body.rows];
  const most = 200;
  const element = (kind, text, ...children) => {
    const made = document.createElement(kind);
    made.append(...(text === "" ? [] : [text]), ...children);
    return made;
  };
  // The documents of a query: the gold order, then each row's, in which a document says its gold place where it has another.
  const goldName = (list, rank) => documents[rank > 0 ? list[0][rank - 1] : list[1][-rank - 1]] ?? `document ${rank}`;
  const ranked = list => [...list[0].map((_, place) => place + 1), ...list[1].map((_, place) => -place - 1)];
  const goldOrder = list => {
    const items = ranked(list).map(rank => element("li", `${rank > 0 ? `${rank}.` : "not relevant:"} ${goldName(list, rank)}`));
    return element("ol", "", ...items);
  };
  const predictedOrder = (order, list) => {
    const items = [];
    let place = 1;
    // An empty order is the gold order.
    for (const group of (order || ranked(list).join(" ")).split(" ")) {
      const members = group.split("=");
      const others = members.filter(member => member[0] === "x").reduce((sum, member) => sum + Number(member.slice(1)), 0);
      const ranks = members.filter(member => member[0] !== "x").map(Number);
      const last = place + ranks.length + others - 1;
      const tied = ranks.length + (others > 0 ? 1 : 0) > 1;
      const item = element("li", `${place}${last > place ? `-${last}` : ""}. ${tied ? "equal: " : ""}`);
      ranks.forEach((rank, index) => {
        const gold = rank > 0 ? rank : list[0].length - rank;
        const isRight = place <= gold && gold <= last;
        if (index > 0) item.append(", ");
        const name = goldName(list, rank);
        const shown = rank < 0 ? `${name} (not relevant)` : isRight ? name : `${name} (gold ${rank})`;
        item.append(isRight ? shown : element("strong", shown));
      });
      if (others > 0) item.append(`${ranks.length > 0 ? ", " : ""}${others} other document${others > 1 ? "s" : ""}`);
      items.push(item);
      place = last + 1;
    }
    return element("ol", "", ...items);
  };
  const listed = (title, list) => {
    list.setAttribute("role", "list");
    list.className = "order";
    return [element("h3", title), list];
  };
  const showOrders = place => {
    const panel = document.getElementById("orders");
    const entry = entries[place];
    panel.replaceChildren();
    if (!entry) {
      if (Object.keys(entries).length > 0) panel.append(element("p", "This page has no orders of this query."));
      return;
    }
    entry.lists.forEach((list, which) => {
      const rows = names.map((_, row) => row).filter(row => entry.of[row] === which && entry.orders[row] !== null);
      if (rows.length === 0) return;
      panel.append(...listed(entry.lists.length > 1 ? `Gold order (${rows.map(row => names[row]).join(", ")})` : "Gold order", goldOrder(list)));
      for (const row of rows) {
        const percent = value(values[row], place);
        panel.append(...listed(names[row] + (percent === null ? "" : `, nDCG ${percent.toFixed(1)}`), predictedOrder(entry.orders[row], list)));
      }
    });
    panel.append(element("p", "A document in bold type is not in its place; its gold rank is said, or that it is not relevant."));
  };
  // A query's name is a button that shows its orders and commands.
  const quoted = word => /^[\w./=,+@:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  const chosen = document.getElementById("chosen");
  const named = name => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      chosen.hidden = false;
      const heading = chosen.querySelector("h2");
      heading.textContent = name;
      showOrders(queries.indexOf(name));
      chosen.querySelector("pre").textContent =
        runs.map(run => `rankbridge rank --run ${run} ${quoted(name)}`).join("\n");
      heading.focus({ preventScroll: true });
      chosen.scrollIntoView({ block: "start" });
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
      const head = element("th", "");
      head.scope = "row";
      head.append(named(queries[place]));
      row.append(head, ...values.map(row => value(row, place)).map(percent =>
        element("td", percent === null ? "" : percent.toFixed(1))));
      return row;
    }));
    found.textContent = `${hits.length} found` + (hits.length > most ? `, the first ${most} shown` : "");
  });
}
