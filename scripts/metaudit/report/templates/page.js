(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fold = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/\u2212/g, "-");
  const wordsOf = (text) => fold(text).split(/\s+/).filter(Boolean);
  const hasAll = (text, words) => words.every((word) => text.includes(word));
  const many = (n, one, more) => `${n} ${n === 1 ? one : more}`;

  const link = (form, select, apply) => {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", apply);
    form.addEventListener("reset", () => setTimeout(apply));
    all("a[data-verdict]").forEach((tile) =>
      tile.addEventListener("click", () => {
        select.value = tile.dataset.verdict;
        apply();
      }),
    );
  };

  const index = () => {
    const form = find("#filters");
    if (!form) return;
    const claims = JSON.parse(find("#claims-data").textContent);
    claims.forEach((c) => {
      c.text = fold([c.review, c.about, c.printed, c.message].join(" "));
    });
    const rows = all("[data-review]").map((row) => ({ row, id: row.dataset.review, text: fold(row.textContent) }));
    const [text, verdict, kind, certainty] = ["text", "verdict", "kind", "certainty"].map((n) => find(`#f-${n}`));
    const hits = find("#hits");
    const list = hits.querySelector("ul");
    const hit = (c) => {
      const line = document.createElement("li");
      const badge = find(`template[data-badge="${CSS.escape(c.verdict)}"]`);
      if (badge) line.append(badge.content.cloneNode(true));
      const anchor = document.createElement("a");
      anchor.href = c.href;
      anchor.textContent = `${c.review}: ${c.about}`;
      line.append(anchor, `printed ${c.printed}`);
      if (c.certainty && c.certainty !== "read") {
        const mark = document.createElement("span");
        mark.className = "cert";
        mark.textContent = c.certainty;
        line.append(mark);
      }
      return line;
    };
    const apply = () => {
      const words = wordsOf(text.value);
      const precise = Boolean(verdict.value || certainty.value);
      const kinds = new Map(rows.map(({ row, id }) => [id, row.dataset.kind]));
      const found = claims.filter(
        (c) =>
          (!verdict.value || c.verdict === verdict.value) &&
          (!certainty.value || c.certainty === certainty.value) &&
          (!kind.value || kinds.get(c.id) === kind.value) &&
          hasAll(c.text, words),
      );
      const matched = new Set(found.map((c) => c.id));
      let shown = 0;
      rows.forEach(({ row, id, text: own }) => {
        const fits = matched.has(id) || (!precise && hasAll(own, words));
        row.hidden = !(fits && (!kind.value || row.dataset.kind === kind.value));
        shown += row.hidden ? 0 : 1;
      });
      const filtered = precise || words.length > 0;
      hits.hidden = !(filtered && found.length);
      list.replaceChildren(...(filtered ? found.slice(0, 100).map(hit) : []));
      const more = filtered && found.length > 100 ? ", the first 100 listed" : "";
      find("#count").textContent = `${many(shown, "review", "reviews")}, ${many(found.length, "claim", "claims")}${more}`;
    };
    link(form, verdict, apply);
    apply();
  };

  const review = () => {
    const form = find("#claim-filters");
    if (!form) return;
    const claims = all("tbody.claim").map((row) => ({ row, text: fold(row.textContent) }));
    const [text, verdict] = [find("#c-text"), find("#c-verdict")];
    const apply = () => {
      const words = wordsOf(text.value);
      let shown = 0;
      claims.forEach(({ row, text: own }) => {
        row.hidden = !(hasAll(own, words) && (!verdict.value || row.dataset.verdict === verdict.value));
        shown += row.hidden ? 0 : 1;
      });
      all(".group").forEach((group) => {
        group.hidden = !group.querySelector("tbody.claim:not([hidden])");
      });
      find("#claim-count").textContent = many(shown, "claim", "claims");
    };
    link(form, verdict, apply);
    apply();
    const unfold = find("#unfold");
    unfold.addEventListener("click", () => {
      const open = unfold.textContent === "Unfold all";
      all("tbody.claim details").forEach((d) => (d.open = open));
      unfold.textContent = open ? "Fold all" : "Unfold all";
    });
    const land = () => {
      const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target || !target.matches("tbody.claim")) return;
      if (target.hidden) {
        form.reset();
        setTimeout(() => target.scrollIntoView());
      }
      target.querySelector("details").open = true;
    };
    addEventListener("hashchange", land);
    land();
  };

  addEventListener("beforeprint", () => all("details").forEach((d) => (d.open = true)));
  index();
  review();
})();
