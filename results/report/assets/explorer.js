"use strict";
// The explorer: looks up what was computed beforehand (../explorer/<name>.js) and draws it. Nothing is computed here but
// positions on the page, and whether a number lies in the window of values that round to what is printed.
(() => {
  const root = document.getElementById("explorer");
  const data = root && (window.metauditExplorer || {})[root.dataset.explorer];
  if (!data) return;

  // Order of the choices: each one may take away values of those that come after it.
  const DIMENSIONS = ["subgroup", "measure", "variance", "model", "tau2", "zero_cells", "ci", "pi", "i2", "left"];
  const OF_FIT = ["subgroup", "measure", "variance", "model", "tau2", "zero_cells"];
  const SHOWN = ["estimate", "ci_low", "ci_high", "p", "pi_low", "pi_high", "tau2", "i2", "q", "q_df", "q_p", "k"];
  const HASH = "#explorer:";
  const NARROW = 560;

  // ---------------------------------------------------------------- tables
  const table = (text, columns, keys) => {
    const found = new Map();
    for (const line of text ? text.split("\n") : []) {
      const cells = line.split(",");
      const row = {};
      columns.forEach((name, i) => { row[name] = cells[keys + i]; });
      found.set(cells.slice(0, keys).join(","), row);
    }
    return found;
  };
  // What is about all studies says nothing of a subgroup.
  const ofAll = (choice) => { if (choice) choice.subgroup ??= ""; };
  data.methods.forEach(ofAll);
  data.printed.forEach((g) => [g, g.stated, g.gives].forEach(ofAll));
  const fits = table(data.fits, data.fitColumns, 2);
  const intervals = table(data.intervals, data.intervalColumns, 3);
  const weights = table(data.weights, ["weights"], 2);

  const methodOf = (choice) => data.methods.find((m) => OF_FIT.every((d) => m[d] === choice[d]));
  const readingOf = (choice) => data.readings.findIndex((r) => r.ci === choice.ci && r.pi === choice.pi);

  // Numbers of a choice, as the result files write them; null where there is no result.
  const lookUp = (choice) => {
    const method = methodOf(choice);
    if (!method) return null;
    const fit = fits.get(`${method.fit},${choice.left}`);
    const interval = intervals.get(`${method.fit},${choice.left},${readingOf(choice)}`);
    if (!fit || !interval) return null;
    return { ...fit, ...interval, i2: choice.i2 === "Q" || choice.i2 === "" ? fit.i2_q : fit.i2 };
  };

  const unique = (values) => [...new Set(values)];
  const studiesOf = (method) => data.studies[method.effects] || [];
  const ALL = {
    subgroup: unique(data.methods.map((m) => m.subgroup)),
    measure: unique(data.methods.map((m) => m.measure)),
    variance: unique(data.methods.map((m) => m.variance)),
    model: unique(data.methods.map((m) => m.model)),
    tau2: unique(data.methods.map((m) => m.tau2)),
    zero_cells: unique(data.methods.map((m) => m.zero_cells)),
    ci: unique(data.readings.map((r) => r.ci)),
    pi: unique(data.readings.map((r) => r.pi)),
    i2: unique(data.methods.flatMap((m) => (m.tau2 ? ["tau2", "Q"] : [""]))),
    left: ["", ...unique(Object.values(data.studies).flatMap((rows) => rows.map((r) => r[0])))
      .sort((a, b) => Number(a) - Number(b))],
  };
  const studyName = new Map(Object.values(data.studies).flatMap((rows) => rows.map((r) => [r[0], r[1]])));

  // Values of one choice that go with those before it.
  const available = (dimension, choice) => {
    const place = OF_FIT.indexOf(dimension);
    if (place >= 0) {
      const before = OF_FIT.slice(0, place);
      return unique(data.methods.filter((m) => before.every((d) => m[d] === choice[d])).map((m) => m[dimension]));
    }
    const method = methodOf(choice);
    if (!method) return [];
    const has = (i, left) => intervals.has(`${method.fit},${left},${i}`);
    if (dimension === "ci") return unique(data.readings.filter((_, i) => has(i, "")).map((r) => r.ci));
    if (dimension === "pi") {
      return unique(data.readings.filter((r, i) => r.ci === choice.ci && has(i, "")).map((r) => r.pi));
    }
    if (dimension === "i2") return method.tau2 ? ["tau2", "Q"] : [""];
    const rows = studiesOf(method).map((r) => r[0]);
    return ["", ...rows.filter((row) => has(readingOf(choice), row))];
  };

  // A choice made possible: what does not go with the choices before it gives way to the usual value.
  const possible = (wanted, usual) => {
    const choice = { ...wanted };
    for (const d of DIMENSIONS) {
      const there = available(d, choice);
      if (there.includes(choice[d])) continue;
      choice[d] = there.includes(usual[d]) ? usual[d] : there[0] ?? "";
    }
    return choice;
  };

  const first = data.methods[0];
  const PRIMARY = possible(
    { ...Object.fromEntries(OF_FIT.map((d) => [d, first[d]])), ci: data.readings[0].ci, pi: data.readings[0].pi,
      i2: first.tau2 ? "tau2" : "", left: "" },
    {},
  );

  // ---------------------------------------------------------------- words
  const word = (key, values) => {
    const element = root.querySelector(`[data-word="${CSS.escape(key)}"]`);
    let text = element ? element.textContent : key.slice(key.indexOf(":") + 1);
    for (const [name, value] of Object.entries(values || {})) text = text.split(`{${name}}`).join(value);
    return text;
  };
  const joined = (dimension, code) => code.split("/").map((part) => word(`${dimension}:${part}`)).join(", ");
  const zeroWords = (code) => {
    const [body, drop] = code.split("+");
    const [add, to] = body === "none" ? ["", "none"] : body.split("@");
    const amount = add === "tacc" ? word("zero_cells:tacc") : add;
    return word(`zero_cells:${to}`, { add: amount }) + (drop ? `; ${word(`zero_cells:${drop}`)}` : "");
  };
  const ciWords = (code) => {
    const [ci, level] = code.split("@");
    return word("level", { ci: word(`ci:${ci}`), level: String(Math.round(Number(level) * 1e6) / 1e4) });
  };
  const wordsOf = (dimension, code) => {
    if (dimension === "zero_cells") return zeroWords(code);
    if (dimension === "ci") return ciWords(code);
    if (dimension === "left") return code === "" ? word("none") : studyName.get(code);
    if (dimension === "subgroup") return code === "" ? word("all-studies") : data.subgroups[code];
    return joined(dimension, code);
  };
  const reason = (dimension, choice) => {
    if (dimension === "tau2" && choice.tau2 !== "") return word("reason:other");
    if (dimension === "zero_cells" && !/^(mantel|peto|glmm)/.test(choice.model)) return word("reason:other");
    if ((dimension === "pi" || dimension === "i2") && choice.tau2 !== "") return word("reason:other");
    return word(`reason:${dimension}`);
  };

  // ---------------------------------------------------------------- numbers for people
  // Rounded half to even from the written digits, as the tables of the site are (metaudit.audit_words.numbers).
  const fixed = (text, places) => {
    const found = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
    if (!found) return text === "inf" ? "∞" : text === "-inf" ? "−∞" : text;
    const [, sign, whole, part, power] = found;
    const digits = whole + part;
    const point = whole.length + Number(power || 0); // places of the digits before the decimal point
    const cut = point + places;
    let kept = BigInt(cut > 0 ? digits.slice(0, cut).padEnd(cut, "0") || "0" : "0");
    const rest = cut >= 0 ? digits.slice(cut) : digits.padStart(digits.length - cut, "0");
    const next = rest[0] || "0";
    const beyond = /[1-9]/.test(rest.slice(1));
    if (next > "5" || (next === "5" && (beyond || kept % 2n === 1n))) kept += 1n;
    const shown = kept.toString().padStart(places + 1, "0");
    const body = places ? `${shown.slice(0, -places)}.${shown.slice(-places)}` : shown;
    return sign && kept !== 0n ? `−${body}` : body;
  };
  const together = (texts) => {
    const known = texts.filter((x) => x !== "").map(Number).filter(Number.isFinite);
    if (!known.length) return 2;
    const size = Math.max(...known.map(Math.abs));
    const spread = Math.max(...known) - Math.min(...known) || size;
    if (spread === 0 || spread >= 0.1) return size < 1000 ? 2 : 0;
    return Math.min(2 - Math.floor(Math.log10(spread)) - 1, 6);
  };
  const significant = (text) => {
    const size = Math.abs(Number(text));
    if (!Number.isFinite(size) || size === 0) return fixed(text, 2);
    const magnitude = Math.floor(Math.log10(size));
    if (magnitude < -6) return size.toExponential(2);
    return fixed(text, magnitude >= -1 ? 2 : 2 - magnitude);
  };
  const pValue = (text) => {
    const p = Number(text);
    if (p < 0.001) return "< 0.001";
    if (p >= 0.9995 && p < 1) return "> 0.999";
    return fixed(text, [3, 4, 5].find((d) => p === 0.05 || Number(fixed(text, d)) !== 0.05) || 6);
  };
  const variance = (text) => {
    const v = Number(text);
    if (v === 0) return "0";
    if (v < 0.0001) return "< 0.0001";
    return v >= 0.1 && v < 1 ? fixed(text, 3) : significant(text);
  };
  const FORMATS = { p: pValue, q_p: pValue, tau2: variance, i2: (x) => fixed(x, 1), q: significant, q_df: (x) => x, k: (x) => x };
  const shownNumber = (quantity, row) => {
    const text = row[quantity];
    if (text === undefined || text === "") return "";
    if (FORMATS[quantity]) return FORMATS[quantity](text);
    const near = quantity.startsWith("pi") ? [row.pi_low, row.pi_high] : [row.estimate, row.ci_low, row.ci_high];
    return fixed(text, together(near));
  };
  // The way to the scale a number is printed on: (times * x + plus) * 10 ** power, in the digits of x.
  const SCALES = {
    percent: { times: 1n, plus: 0n, power: 2 }, fraction: { times: 1n, plus: 0n, power: -2 },
    "percent-reduction": { times: -1n, plus: 1n, power: 2 }, "percent-increase": { times: 1n, plus: -1n, power: 2 },
  };
  const rescaled = (text, { times, plus, power }) => {
    const found = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
    if (!found) return times < 0n ? (text.startsWith("-") ? text.slice(1) : `-${text}`) : text; // without end
    const [, sign, whole, part, exponent] = found;
    const tens = Number(exponent || 0) - part.length;
    const places = Math.max(-tens, 0);
    const digits = BigInt(sign + whole + part) * 10n ** BigInt(Math.max(tens, 0));
    return `${times * digits + plus * 10n ** BigInt(places)}e${power - places}`;
  };
  // As many decimals as are printed, on the scale of what is printed; two more where digits were cut.
  const besidePrinted = (printed, row, how) => {
    const hit = how !== "no";
    const asked = askedOf(printed);
    const text = row[asked];
    const usual = shownNumber(asked, row);
    const scale = SCALES[printed.scale];
    const whole = ["k", "q_df"].includes(asked);
    if (!text || (whole && !scale)) return usual;
    if (!scale && (usual.startsWith("<") || usual.startsWith(">"))) return hit ? usual : significant(text);
    const decimals = (/\.(\d+)/.exec(printed.printed.replace("·", ".")) || ["", ""])[1].length;
    const own = (/\.(\d+)$/.exec(usual) || ["", ""])[1].length - (scale ? scale.power : 0);
    const places = Math.max(decimals + (how === "cut" ? 2 : 0), own);
    if (!scale) return places > own ? fixed(text, places) : usual;
    return fixed(rescaled(text, scale), places) + (printed.printed.includes("%") ? "\u00a0%" : "");
  };
  const intervalWords = (estimate, low, high) => {
    const places = together([estimate, low, high]);
    if (low === "" || high === "") return fixed(estimate, places);
    return word("interval", { estimate: fixed(estimate, places), low: fixed(low, places), high: fixed(high, places) });
  };

  // ---------------------------------------------------------------- what is printed
  const inside = (text, printed) => {
    if (text === undefined || text === "") return false;
    const x = Number(text);
    const above = printed.low === "" || (printed.lowOpen ? x > Number(printed.low) : x >= Number(printed.low));
    const below = printed.high === "" || (printed.highOpen ? x < Number(printed.high) : x <= Number(printed.high));
    return above && below;
  };
  // The limits of a reduction are those of the ratio the other way round: the tables hold them under the other name.
  const askedOf = (printed) => printed.asked || printed.quantity;
  // Whether a value comes out as printed: "yes", "cut" where the audit found that digits were cut, or "no".
  const comesOut = (text, printed) => (inside(text, printed) ? "yes" : printed.cut && inside(text, printed.cut) ? "cut" : "no");
  const groupAt = (state) => data.printed[state.group]
    || { method: "", subgroup: state.choice.subgroup, printed: [], stated: null, gives: null, given: 0 };
  const middle = (group, quantity) => {
    const found = group.printed.find((p) => askedOf(p) === quantity && p.low !== "" && p.high !== "");
    return found ? (Number(found.low) + Number(found.high)) / 2 : null;
  };

  // ---------------------------------------------------------------- state
  const state = { group: 0, choice: { ...PRIMARY }, adjusted: "" };
  const statedOf = (group) => (group.stated ? { ...group.stated, left: "" } : group.printed.length ? null : { ...PRIMARY, subgroup: group.subgroup });
  // What is printed of the same studies stands beside a choice, or nothing.
  const keepGroup = () => {
    const fitting = (g) => g.subgroup === state.choice.subgroup;
    if (data.printed[state.group] && fitting(data.printed[state.group])) return;
    const found = data.printed.findIndex(fitting);
    state.group = found < 0 ? data.printed.length : found;
  };
  const toHash = () => {
    const said = new URLSearchParams();
    if (data.printed.length > 1) said.set("group", String(state.group));
    DIMENSIONS.forEach((d) => { if (state.choice[d] !== "" || d === "tau2") said.set(d, state.choice[d]); });
    return HASH + said.toString();
  };
  const fromHash = () => {
    if (!location.hash.startsWith(HASH)) return false;
    const said = new URLSearchParams(location.hash.slice(HASH.length));
    const group = Number(said.get("group") || 0);
    state.group = Number.isInteger(group) && group >= 0 && group < Math.max(data.printed.length, 1) ? group : 0;
    const wanted = {};
    const asked = DIMENSIONS.some((d) => said.has(d));
    DIMENSIONS.forEach((d) => { wanted[d] = said.has(d) ? said.get(d) : asked ? "" : PRIMARY[d]; });
    state.choice = possible(wanted, PRIMARY);
    keepGroup();
    return true;
  };
  const open = () => {
    const stated = statedOf(groupAt(state));
    state.choice = possible(stated || PRIMARY, PRIMARY);
  };
  const show = (remember) => {
    if (remember) history.replaceState(null, "", toHash());
    render();
  };
  const choose = (dimension, value) => {
    const before = { ...state.choice, [dimension]: value };
    state.choice = possible(before, PRIMARY);
    keepGroup();
    const moved = DIMENSIONS.filter((d) => d !== dimension && before[d] !== state.choice[d] && state.choice[d] !== "" && before[d] !== "");
    state.adjusted = moved.map((d) => wordsOf(d, state.choice[d])).join("; ");
    show(true);
  };

  // ---------------------------------------------------------------- page
  const part = (selector) => root.querySelector(selector);
  const make = (tag, properties, ...children) => {
    const element = document.createElement(tag);
    Object.entries(properties || {}).forEach(([k, v]) => { if (v !== null) element.setAttribute(k, v); });
    element.append(...children);
    return element;
  };

  const renderSelects = () => {
    const field = part('[data-field="group"]');
    field.hidden = data.printed.length < 2;
    const names = data.printed.map((g) => {
      const method = g.method || word("main-result");
      return g.subgroup ? `${data.subgroups[g.subgroup]}, ${method}` : method;
    });
    if (state.group >= data.printed.length) names.push(word("no-result"));
    part('[data-dimension="group"]').replaceChildren(...names.map((name, i) => {
      const option = new Option(name, String(i));
      option.selected = i === state.group;
      return option;
    }));
    for (const d of DIMENSIONS) {
      const select = part(`[data-dimension="${d}"]`);
      const there = available(d, state.choice);
      const values = ALL[d].filter((v) => v !== "" || d === "left" || there.includes(v));
      part(`[data-field="${d}"]`).hidden = values.length < 2 && there.length < 2;
      select.replaceChildren(...values.map((value) => {
        const fits_ = there.includes(value);
        const label = wordsOf(d, value);
        const option = new Option(fits_ ? label : `${label} (${reason(d, state.choice)})`, value);
        option.disabled = !fits_;
        option.selected = value === state.choice[d];
        return option;
      }));
    }
  };

  const renderButtons = (group) => {
    const stated = statedOf(group);
    const same = stated && group.gives && DIMENSIONS.every((d) => d === "left" || stated[d] === group.gives[d]);
    part('[data-go="stated"]').disabled = !stated;
    part('[data-go="gives"]').disabled = !group.gives || Boolean(same);
    const values = { n: String(group.given), m: String(group.printed.length) };
    part("[data-why]").textContent = !group.printed.length ? ""
      : !stated ? word("why-stated") : same ? word("why-same", values)
        : group.gives ? word("why-gives", values) : word("why-none");
    part('[data-go="gives"]').hidden = !group.printed.length;
  };

  const methodWords = () => {
    const c = state.choice;
    const said = [...(c.subgroup ? ["subgroup"] : []), "measure", "model", ...(c.tau2 ? ["tau2"] : []), "ci"];
    return said.map((d) => wordsOf(d, c[d])).join(", ");
  };

  const renderSummary = (row, group) => {
    const values = { method: methodWords(), result: row ? intervalWords(row.estimate, row.ci_low, row.ci_high) : word("undefined"),
      k: row ? row.k : "0", study: studyName.get(state.choice.left) || "" };
    const m = group.printed.length;
    const n = row ? group.printed.filter((p) => comesOut(row[askedOf(p)], p) !== "no").length : 0;
    const said = m === 0 ? word("no-printed") : n === m ? word(m === 1 ? "one-printed" : "all-printed", { m: String(m) })
      : n ? word("some-printed", { n: String(n), m: String(m) }) : word("none-printed", { m: String(m) });
    const one = values.k === "1";
    const sentence = state.choice.left ? (one ? "summary-without-one" : "summary-without") : one ? "summary-one" : "summary";
    const text = [word(sentence, values), said];
    if (state.adjusted) text.push(word("adjusted", { what: state.adjusted }));
    const summary = part("#explorer-summary");
    const whole = text.join(" ");
    if (summary.textContent !== whole) summary.textContent = whole;
  };

  const renderNumbers = (row) => {
    // The P value of a proportion is one against a half: nobody's question.
    const asked = SHOWN.filter((q) => q !== "p" || data.measures[state.choice.measure].null !== null);
    part("[data-numbers]").replaceChildren(...asked.filter((q) => row && row[q] !== "" && row[q] !== undefined).map((q) => make(
      "div", {}, make("dt", {}, word(`quantity:${q}`)),
      make("dd", { "data-quantity": q, "data-value": row[q] }, shownNumber(q, row)))));
  };

  const renderPrinted = (row, group) => {
    part("[data-printed-box]").hidden = !group.printed.length;
    part("[data-printed]").replaceChildren(...group.printed.map((p) => {
      const how = row ? comesOut(row[askedOf(p)], p) : "no";
      const hit = how !== "no";
      const on = ["percent-reduction", "percent-increase", "log", "log10", "analysis"].includes(p.scale) ? `scale:${p.scale}` : "";
      const name = on ? word(on, { quantity: word(`quantity:${p.quantity}`) }) : word(`quantity:${p.quantity}`);
      const head = make("th", { scope: "row" }, p.href ? make("a", { href: p.href }, name) : name);
      const ours = row ? besidePrinted(p, row, how) : "";
      return make("tr", { class: hit ? "given" : "missed", "data-claim-row": p.claim, "data-hit": hit ? "yes" : "no", "data-cut": how === "cut" ? "yes" : null }, head,
        make("td", { class: "num" }, p.printed),
        make("td", { class: "num", "data-value": row ? row[askedOf(p)] ?? "" : "" }, ours || word("undefined")),
        make("td", { class: hit ? "hit" : "miss" }, `${hit ? "✓" : "✗"} ${word(how)}`));
    }));
  };

  // Weights of the choice; where they are not tabled without one study, those with all.
  const weightsNow = (method) => {
    const own = weights.get(`${method.fit},${state.choice.left}`);
    const found = own || weights.get(`${method.fit},`);
    return { values: found ? found.weights.split(";") : [], old: !own && Boolean(found) };
  };

  const renderTable = (method) => {
    const { values, old } = weightsNow(method);
    const there = available("left", state.choice);
    part("[data-studies]").replaceChildren(...studiesOf(method).map(([row, name, estimate, low, high], i) => {
      const out = row === state.choice.left;
      const button = make("button", { type: "button", "data-row": row, "aria-pressed": out ? "true" : "false",
        "aria-label": `${word(out ? "back" : "leave")}: ${name}` }, word(out ? "back" : "leave"));
      button.disabled = !there.includes(row);
      const weight = old || out || !values[i] ? "" : values[i];
      return make("tr", { class: out ? "left-out" : null }, make("th", { scope: "row" }, name),
        make("td", { class: "num" }, intervalWords(estimate, low, high)),
        make("td", { class: "num", "data-weight": weight }, weight ? `${fixed(weight, 1)} %` : ""),
        make("td", {}, button));
    }));
    part("[data-note]").textContent = old && state.choice.left ? word("old-weights") : "";
  };

  // ---------------------------------------------------------------- forest plot
  const NS = "http://www.w3.org/2000/svg";
  const svg = (tag, attributes, ...children) => {
    const element = document.createElementNS(NS, tag);
    Object.entries(attributes || {}).forEach(([k, v]) => element.setAttribute(k, v));
    element.append(...children);
    return element;
  };
  const finite = (values) => values.filter((x) => x !== null && x !== "" && x !== undefined).map(Number).filter(Number.isFinite);

  // From a value to a place: logarithmic for ratios.
  const scaleOf = (measure, studies, row, group) => {
    const forward = measure.log ? (x) => Math.log(x) : (x) => x;
    const usable = (x) => (measure.log ? x > 0 : true);
    const printed = ["estimate", "ci_low", "ci_high"].map((q) => middle(group, q));
    const core = finite([...studies.map((s) => s[2]), ...(row ? [row.estimate, row.ci_low, row.ci_high, row.pi_low, row.pi_high] : []),
      ...printed, measure.null]).filter(usable).map(forward);
    let low = Math.min(...core);
    let high = Math.max(...core);
    const room = 0.6 * (high - low || 1);
    const ends = finite(studies.flatMap((s) => [s[3], s[4]])).filter(usable).map(forward);
    low = Math.max(low - room, Math.min(low, ...ends));
    high = Math.min(high + room, Math.max(high, ...ends));
    const margin = 0.03 * (high - low || 1);
    low -= margin;
    high += margin;
    if (measure.low !== null && !measure.log) low = Math.max(low, forward(measure.low));
    if (measure.high !== null) high = Math.min(high, forward(measure.high));
    return { low, high, forward, usable, back: measure.log ? Math.exp : (x) => x, log: measure.log };
  };

  const niceTicks = (scale, most) => {
    if (scale.log) {
      for (const steps of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
        const found = [];
        for (let power = Math.floor(scale.low / Math.LN10) - 1; power <= scale.high / Math.LN10 + 1; power += 1) {
          steps.forEach((s) => found.push(Number(`${s}e${power}`)));
        }
        const in_ = found.filter((x) => Math.log(x) >= scale.low && Math.log(x) <= scale.high);
        if (in_.length >= 2 && in_.length <= most) return in_;
      }
      const ends = Math.ceil((scale.high - scale.low) / Math.LN10 / most);
      const out = [];
      for (let power = Math.ceil(scale.low / Math.LN10); power <= scale.high / Math.LN10; power += ends) out.push(Number(`1e${power}`));
      if (out.length) return out;
    }
    const [from, to] = [scale.back(scale.low), scale.back(scale.high)];
    const rough = (to - from) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => s >= rough);
    const out = [];
    for (let i = Math.ceil(from / step); i * step <= to; i += 1) out.push(Number((i * step).toPrecision(10)));
    return out;
  };
  const tickText = (x) => String(x).replace("-", "−");

  // A name cut to a width in pixels, measured in the font of the plot.
  const pen = document.createElement("canvas").getContext("2d");
  const clipped = (text, room) => {
    if (pen.measureText(text).width <= room) return text;
    let kept = text;
    while (kept && pen.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
    return `${kept.trimEnd()}…`;
  };

  const renderPlot = (row, group, method) => {
    const box = part("[data-plot]");
    const width = Math.max(Math.floor(box.clientWidth - 16), 260);
    const narrow = width < NARROW;
    pen.font = getComputedStyle(box).getPropertyValue("--x-font").trim();
    const studies = method ? studiesOf(method) : [];
    const measure = data.measures[state.choice.measure];
    const scale = scaleOf(measure, studies, row, group);
    const nameWidth = narrow ? 0 : Math.min(0.3 * width, 240);
    const numberWidth = narrow ? 0 : 225;
    const [left, right] = [nameWidth + 8, width - numberWidth - 8];
    const x = (value) => left + ((scale.forward(value) - scale.low) / (scale.high - scale.low)) * (right - left);
    const within = (px) => Math.min(Math.max(px, left), right);
    const [step, mark] = narrow ? [36, 25] : [22, 11];
    const { values, old } = method ? weightsNow(method) : { values: [], old: false };
    const biggest = Math.max(...finite(values.filter((_, i) => studies[i] && studies[i][0] !== state.choice.left)), 1e-9);
    const top = 24;
    const parts = [];
    const text = (px, py, said, kind) => svg("text", { x: px.toFixed(1), y: py.toFixed(1), class: kind || "" }, said);
    const line = (x1, y1, x2, y2, kind) => svg("line", { x1: x1.toFixed(1), y1: y1.toFixed(1), x2: x2.toFixed(1), y2: y2.toFixed(1), class: kind });
    const bar = (low, high, y, kind) => {
      if (low === "" || high === "" || !scale.usable(Number(high))) return [];
      const a = scale.usable(Number(low)) ? x(Number(low)) : -Infinity;
      const b = x(Number(high));
      const drawn = [];
      if (Math.min(b, right) > Math.max(a, left)) drawn.push(line(within(a), y, within(b), y, kind));
      if (a < left - 0.5) drawn.push(svg("path", { d: `M${left + 5} ${y - 4}L${left} ${y}L${left + 5} ${y + 4}`, class: kind }));
      if (b > right + 0.5) drawn.push(svg("path", { d: `M${right - 5} ${y - 4}L${right} ${y}L${right - 5} ${y + 4}`, class: kind }));
      return drawn;
    };
    const rowsEnd = top + step * studies.length;
    const bottom = rowsEnd + 3 * step;

    const ghost = ["estimate", "ci_low", "ci_high"].map((q) => middle(group, q));
    const drawable = (v) => v !== null && scale.usable(v);
    if (drawable(ghost[1]) && drawable(ghost[2])) {
      const [a, b] = [within(x(ghost[1])), within(x(ghost[2]))];
      parts.push(svg("rect", { x: a, y: top - 6, width: Math.max(b - a, 1), height: rowsEnd - top + 8, class: "band" }));
    }
    if (measure.null !== null) parts.push(line(x(measure.null), top - 6, x(measure.null), bottom, "null"));
    if (row) parts.push(line(x(Number(row.estimate)), top - 6, x(Number(row.estimate)), bottom, "mean"));

    const weightWidth = narrow ? 0 : 58;
    parts.push(text(width - weightWidth, 12, wordsOf("measure", state.choice.measure), "end soft"));
    // On a narrow screen a name shares its line with the numbers of its study, and paper keeps the plot from running through.
    const onPaper = (px, at, said, kind, end) => {
      const words = text(px, at + (narrow ? 12 : mark + 4), said, kind);
      if (!narrow || !said) return words;
      const long = 1.08 * pen.measureText(said).width + 6;
      const paper = svg("rect", { x: (end ? px - long + 3 : px - 3).toFixed(1), y: at, width: long.toFixed(1), height: 16, class: "paper" });
      return svg("g", {}, paper, words);
    };
    const nameOf = (at, said, kind, beside) => onPaper(0, at,
      clipped(said, narrow ? width - pen.measureText(beside).width - 10 : nameWidth), kind, false);
    const numberAt = (at, said, kind) => onPaper(width - weightWidth, at, said, `end ${kind || ""}`, true);
    studies.forEach(([line_, name, estimate, low, high], i) => {
      const at = top + i * step;
      const y = at + mark;
      const out = line_ === state.choice.left;
      const weight = out ? 0 : Number(values[i] || 0);
      const side = Math.max(2, (narrow ? 12 : 15) * Math.sqrt(weight / biggest));
      const said = out ? word("out") : intervalWords(estimate, low, high);
      const drawn = [svg("title", {}, `${name}: ${intervalWords(estimate, low, high)}`),
        svg("rect", { x: 0, y: at, width, height: step, class: "hit" }),
        nameOf(at, name, "", said), ...bar(low, high, y, "bar")];
      if (scale.usable(Number(estimate))) {
        const c = x(Number(estimate));
        const s = out ? 8 : side;
        if (c >= left && c <= right) drawn.push(svg("rect", { x: (c - s / 2).toFixed(1), y: (y - s / 2).toFixed(1), width: s.toFixed(1), height: s.toFixed(1), class: "square" }));
      }
      drawn.push(numberAt(at, said));
      if (!narrow && !out && !old && values[i]) drawn.push(text(width, at + mark + 4, `${fixed(values[i], 1)} %`, "end soft"));
      parts.push(svg("g", { class: out ? "study left-out" : "study", "data-row": line_ }, ...drawn));
    });

    parts.push(line(0, rowsEnd + 2, width, rowsEnd + 2, "axis"));
    const diamond = (estimate, low, high, y, half, kind) => {
      const [a, m, b] = [low, estimate, high].map((v) => within(x(v)));
      return svg("path", { d: `M${a} ${y}L${m} ${y - half}L${b} ${y}L${m} ${y + half}Z`, class: kind });
    };
    if (row) {
      const at = rowsEnd + 4;
      const y = at + mark;
      parts.push(nameOf(at, word("pooled"), "strong", intervalWords(row.estimate, row.ci_low, row.ci_high)));
      if (row.ci_low !== "" && row.ci_high !== "" && scale.usable(Number(row.ci_low))) {
        parts.push(diamond(Number(row.estimate), Number(row.ci_low), Number(row.ci_high), y, 7, "diamond"));
      }
      parts.push(numberAt(at, intervalWords(row.estimate, row.ci_low, row.ci_high), "strong"));
      if (row.pi_low !== "" && row.pi_high !== "") {
        const next = at + step;
        const places = together([row.pi_low, row.pi_high]);
        const limits = word("limits", { low: fixed(row.pi_low, places), high: fixed(row.pi_high, places) });
        parts.push(nameOf(next, word("prediction"), "", limits), ...bar(row.pi_low, row.pi_high, next + mark, "prediction"));
        parts.push(numberAt(next, limits));
      }
    }
    const printedEstimate = group.printed.find((p) => p.quantity === "estimate");
    const printedLow = group.printed.find((p) => p.quantity === "ci_low");
    const printedHigh = group.printed.find((p) => p.quantity === "ci_high");
    if (ghost.some(drawable)) {
      const at = rowsEnd + 4 + 2 * step;
      const y = at + mark;
      if (ghost.every(drawable)) parts.push(diamond(ghost[0], ghost[1], ghost[2], y, 7, "ghost"));
      else if (drawable(ghost[0])) parts.push(svg("circle", { cx: x(ghost[0]), cy: y, r: 6, class: "ghost" }));
      const said = printedLow && printedHigh
        ? (printedEstimate ? word("interval", { estimate: printedEstimate.printed, low: printedLow.printed, high: printedHigh.printed })
          : word("limits", { low: printedLow.printed, high: printedHigh.printed }))
        : printedEstimate ? printedEstimate.printed : "";
      parts.push(nameOf(at, word("printed"), "soft", said), numberAt(at, said, "soft"));
    }

    const axis = bottom + 12;
    parts.push(line(left, axis, right, axis, "axis"));
    niceTicks(scale, Math.max(3, Math.floor((right - left) / 60))).forEach((value) => {
      parts.push(line(x(value), axis, x(value), axis + 5, "axis"), text(x(value), axis + 19, tickText(value), "mid"));
    });
    let height = axis + 26;
    if (row && row.q !== "") {
      const values_ = { tau2: row.tau2 === "" ? "" : variance(row.tau2), i2: fixed(row.i2, 1), q: significant(row.q), df: row.q_df,
        p: pValue(row.q_p).replace(/^(?=\d)/, "= ") };
      const said = word(row.tau2 === "" ? "heterogeneity-common" : "heterogeneity", values_);
      const parts_ = narrow && said.length > width / 6.6 ? said.split("; ") : [said];
      parts_.forEach((words) => { height += 16; parts.push(text(0, height - 6, words, "soft")); });
    }
    const hatch = svg("pattern", { id: "x-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" }));
    box.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": word("figure", { k: String(studies.length) }) }, svg("defs", {}, hatch), ...parts));
  };

  const render = () => {
    const group = groupAt(state);
    const row = lookUp(state.choice);
    const method = methodOf(state.choice);
    renderSelects();
    renderButtons(group);
    renderSummary(row, group);
    renderNumbers(row);
    renderPrinted(row, group);
    renderTable(method);
    renderPlot(row, group, method);
  };

  // ---------------------------------------------------------------- events
  root.addEventListener("change", (event) => {
    const dimension = event.target.dataset && event.target.dataset.dimension;
    if (!dimension) return;
    if (dimension === "group") {
      state.group = Number(event.target.value);
      state.adjusted = "";
      open();
      show(true);
    } else choose(dimension, event.target.value);
  });
  root.addEventListener("click", (event) => {
    const target = event.target.closest("[data-go], [data-row]");
    if (!target || !root.contains(target)) return;
    if (target.dataset.go) {
      const group = groupAt(state);
      const wanted = target.dataset.go === "gives" ? group.gives : statedOf(group);
      state.choice = possible({ ...wanted, left: "" }, PRIMARY);
      state.adjusted = "";
      show(true);
      return;
    }
    const row = target.dataset.row;
    const next = row === state.choice.left ? "" : row;
    if (next && !available("left", state.choice).includes(next)) return;
    const focused = document.activeElement === target && target.tagName === "BUTTON";
    state.adjusted = "";
    choose("left", next);
    if (focused) part(`button[data-row="${CSS.escape(row)}"]`).focus();
  });
  addEventListener("hashchange", () => { if (fromHash()) { state.adjusted = ""; render(); } });
  new MutationObserver(render).observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });

  part(".x-body").hidden = false;
  const linked = fromHash();
  if (!linked) { keepGroup(); open(); }
  render();
  let last = part("[data-plot]").clientWidth;
  new ResizeObserver(() => {
    const now = part("[data-plot]").clientWidth;
    if (now !== last) { last = now; render(); }
  }).observe(part("[data-plot]"));
  if (linked) root.scrollIntoView();
})();
