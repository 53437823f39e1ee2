(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fold = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/\u2212/g, "-");
  const wordsOf = (text) => fold(text).split(/\s+/).filter(Boolean);
  const hasAll = (text, words) => words.every((word) => text.includes(word));

  // Language: English is in the page, French in assets/fr.js; the choice is kept where the browser lets us.
  const french = window.metauditFrench || {};
  const known = (code) => (code === "fr" || code === "en" ? code : "");
  const kept = () => {
    try {
      return known(localStorage.getItem("metaudit-language"));
    } catch {
      return "";
    }
  };
  const keep = (code) => {
    try {
      localStorage.setItem("metaudit-language", code);
      return true;
    } catch {
      return false;
    }
  };
  const asked = known(new URLSearchParams(location.search).get("lang"));
  const language = asked || kept() || (navigator.language.startsWith("fr") ? "fr" : "en");
  const remembered = asked ? keep(asked) : true;

  // A sentence in the language of the page, values put in: t("{n} claims", { n: 3 }).
  const t = (key, values = {}) => {
    const words = language === "fr" && key in french ? french[key] : key;
    return words.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
  };
  const tn = (n, one, many) => t(n === 1 ? one : many, { n });

  const translate = (root) => {
    if (language !== "fr") return;
    all("[data-i18n]", root).forEach((element) => {
      const key = element.dataset.i18n || element.textContent;
      element.dataset.i18n = key;
      const values = element.dataset.i18nValues ? JSON.parse(element.dataset.i18nValues) : {};
      element.textContent = t(key, values) + (element.dataset.i18nTail || "");
      if (key in french) {
        if ((element.closest("[lang]") || document.documentElement).lang !== "fr") element.lang = "fr";
      } else element.lang = "en";
    });
    // Numbers with their limits, 0.49 (0.34 to 0.70), hold one word.
    all("td.num", root).forEach((cell) => {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!/^[\s\d.,()%∞−<>-]+ to [\d.,()%∞−<>\s-]+$/.test(node.data)) continue;
        node.data = node.data.replace(" to ", ` ${t("to")} `);
        cell.lang = "fr";
      }
    });
    all("[data-i18n-attr]", root).forEach((element) => {
      element.dataset.i18nAttr.split(" ").forEach((name) => element.setAttribute(name, t(element.getAttribute(name))));
    });
  };

  const setLanguage = () => {
    document.documentElement.lang = language;
    const other = language === "fr" ? "en" : "fr";
    const link = find("#language");
    link.hidden = false;
    link.lang = link.hreflang = other;
    link.textContent = other === "fr" ? "Français" : "English";
    link.href = `?lang=${other}${location.hash}`;
    link.addEventListener("click", () => {
      link.href = `?lang=${other}${location.hash}`;
    });
    if (!remembered) {
      all('a[href*=".html"]').forEach((anchor) => {
        const [page, hash] = anchor.getAttribute("href").split("#");
        if (/^[\w.-]+\.html$/.test(page)) anchor.href = `${page}?lang=${language}${hash ? `#${hash}` : ""}`;
      });
    }
    translate(document);
  };

  // Filters: one form on the front page and on the pages of reviews.
  const filters = () => {
    const form = find("#filters");
    const [search, verdict, quantity, certainty] = ["#search", "#f-verdict", "#f-quantity", "#f-certainty"].map(find);
    const kind = find("#f-kind");
    const fits = (claim, words) =>
      (!verdict.value || claim.verdict === verdict.value) &&
      (!quantity.value || claim.quantity === quantity.value) &&
      (!certainty.value || claim.certainty === certainty.value) &&
      hasAll(claim.text, words);
    const precise = () => Boolean(verdict.value || quantity.value || certainty.value);
    const start = (apply) => {
      form.hidden = false;
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", apply);
      form.addEventListener("reset", () => setTimeout(apply));
      all("a[data-verdict-filter]").forEach((tile) =>
        tile.addEventListener("click", () => {
          const code = tile.dataset.verdictFilter;
          if (![...verdict.options].some((option) => option.value === code)) return;
          verdict.value = code;
          apply();
        }),
      );
      apply();
    };
    return { form, search, verdict, quantity, certainty, kind, fits, precise, start };
  };

  const frontPage = () => {
    if (!find("#hits")) return;
    const { search, kind, fits, precise, start } = filters();
    const claims = (window.metauditClaims || []).map((claim) => ({
      ...claim,
      text: fold([claim.review, claim.about, claim.printed, claim.claim, claim.text].join(" ")),
    }));
    const rows = all("[data-review]").map((row) => ({ row, id: row.dataset.review, text: fold(row.textContent) }));
    const kinds = new Map(rows.map(({ row, id }) => [id, row.dataset.kind]));
    const titles = new Map(rows.map(({ id, text }) => [id, text]));
    const hits = find("#hits");
    const list = hits.querySelector("ul");
    const more = find("#more-hits");
    const step = 50;
    let found = [];
    const copy = (selector) => {
      const template = find(selector);
      return template ? [template.content.cloneNode(true)] : [];
    };
    const about = (text) => {
      const [head, ...rest] = text.split(": ");
      return [t(head), ...rest].join(": ");
    };
    const hit = (claim) => {
      const line = document.createElement("li");
      line.dataset.claim = `${claim.id}/${claim.claim}`;
      line.dataset.verdict = claim.verdict;
      line.dataset.quantity = claim.quantity;
      line.dataset.certainty = claim.certainty;
      line.append(...copy(`template[data-badge="${CSS.escape(claim.verdict)}"]`));
      const anchor = document.createElement("a");
      anchor.href = claim.href;
      anchor.textContent = `${claim.review}: ${about(claim.about)}`;
      const said = document.createElement("span");
      said.textContent = `${t("printed")} ${claim.printed}${claim.ours ? `, ${t("ours or cited")} ${claim.ours}` : ""}`;
      line.append(anchor, said, ...copy(`template[data-cert="${CSS.escape(claim.certainty)}"]`));
      translate(line);
      return line;
    };
    const show = (to) => {
      list.append(...found.slice(list.children.length, to).map(hit));
      more.hidden = list.children.length >= found.length;
    };
    const apply = () => {
      const words = wordsOf(search.value);
      const inKind = (id) => !kind.value || kinds.get(id) === kind.value;
      found = claims.filter((claim) => inKind(claim.id) && fits({ ...claim, text: `${claim.text} ${titles.get(claim.id)}` }, words));
      const matched = new Set(found.map((claim) => claim.id));
      let shown = 0;
      rows.forEach(({ row, id, text }) => {
        row.hidden = !(inKind(id) && (matched.has(id) || (!precise() && hasAll(text, words))));
        shown += row.hidden ? 0 : 1;
      });
      const filtered = precise() || words.length > 0;
      list.replaceChildren();
      hits.hidden = !(filtered && found.length);
      if (!hits.hidden) show(step);
      find("#count").textContent =
        shown || found.length
          ? `${tn(shown, "{n} review", "{n} reviews")}, ${tn(found.length, "{n} claim", "{n} claims")}`
          : t("Nothing matches.");
    };
    more.addEventListener("click", () => {
      const next = list.children.length;
      show(next + step);
      list.children[next]?.querySelector("a").focus();
    });
    start(apply);
  };

  const reviewPage = () => {
    const bodies = all("tbody.claim");
    if (!bodies.length) return;
    const { form, search, fits, start } = filters();
    const claims = bodies.map((row) => ({ row, text: fold(row.textContent), ...row.dataset }));
    const apply = () => {
      const words = wordsOf(search.value);
      let shown = 0;
      claims.forEach((claim) => {
        claim.row.hidden = !fits(claim, words);
        shown += claim.row.hidden ? 0 : 1;
      });
      all(".group").forEach((group) => {
        group.hidden = !group.querySelector("tbody.claim:not([hidden])");
      });
      find("#count").textContent = shown ? tn(shown, "{n} claim", "{n} claims") : t("Nothing matches.");
    };
    start(apply);
    const unfold = find("#unfold");
    let open = false;
    unfold.addEventListener("click", () => {
      open = !open;
      all("tbody.claim details").forEach((details) => (details.open = open));
      unfold.textContent = open ? t("Fold all") : t("Unfold all");
    });
    // A link to a claim opens it, even when a filter hides it.
    const land = () => {
      const name = location.hash.slice(1);
      const target = name && document.getElementById(decodeURIComponent(name));
      if (!target || !target.matches("tbody.claim")) return;
      if (target.hidden) {
        form.reset();
        target.hidden = false;
        target.closest(".group").hidden = false;
      }
      target.querySelector("details").open = true;
      target.scrollIntoView();
    };
    addEventListener("hashchange", land);
    addEventListener("load", land);
    land();
  };

  // On paper every claim has its row; what is out of the ordinary is unfolded, and so are the tables.
  const paper = () => {
    let opened = [];
    const ordinary = ["EXACT", "WITHIN_ROUNDING", "NOT_CHECKABLE", "UNDERSPECIFIED"];
    addEventListener("beforeprint", () => {
      opened = all("details:not([open])").filter((details) => {
        const claim = details.closest("tbody.claim");
        if (details.closest(".words") || details.matches(".words")) return false;
        return !claim || !ordinary.includes(claim.dataset.verdict);
      });
      opened.forEach((details) => (details.open = true));
    });
    addEventListener("afterprint", () => opened.forEach((details) => (details.open = false)));
  };

  // What is wider than its place says on which side there is more of it.
  const scrolling = () => {
    const boxes = all(".scroll, .sheet");
    const mark = (box) => {
      const rest = box.scrollWidth - box.clientWidth;
      const more = [...(box.scrollLeft > 1 ? ["left"] : []), ...(rest - box.scrollLeft > 1 ? ["right"] : [])];
      if (rest > 1) box.dataset.more = more.join(" ");
      else delete box.dataset.more;
    };
    const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
    boxes.forEach((box) => {
      sizes.observe(box);
      box.addEventListener("scroll", () => mark(box), { passive: true });
    });
    addEventListener("load", () => boxes.forEach(mark));
  };

  // What other scripts of the page use.
  window.metaudit = { language, t, tn, translate };
  setLanguage();
  frontPage();
  reviewPage();
  paper();
  scrolling();
})();
