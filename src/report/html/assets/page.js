// Filters of the clause table, buttons that copy, boxes that scroll.
(() => {
  "use strict";

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const filterClauses = () => {
    const filter = document.querySelector("#clauses .filter");
    if (!filter) return;
    const rows = all("#clauses tr[data-status]");
    const buttons = all("button[data-filter]", filter);
    const section = filter.querySelector("[data-filter=section]");
    const text = filter.querySelector("[data-filter=text]");
    const status = filter.querySelector("[role=status]");
    const reset = filter.querySelector(".reset");
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

    const pressed = (by) =>
      buttons
        .filter((one) => one.dataset.filter === by && one.getAttribute("aria-pressed") === "true")
        .map((one) => one.dataset.value);

    const apply = () => {
      const statuses = pressed("status");
      const levels = pressed("level");
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const isShown = (row) =>
        (!statuses.length || statuses.includes(row.dataset.status)) &&
        (!levels.length || levels.includes(row.dataset.level)) &&
        (!section.value || section.value === row.dataset.section) &&
        words.every((word) => texts.get(row).includes(word));
      let count = 0;
      for (const row of rows) {
        row.hidden = !isShown(row);
        if (!row.hidden) count += 1;
      }
      for (const body of all("#clauses .matrix tbody")) {
        body.hidden = !body.querySelector("tr[data-status]:not([hidden])");
      }
      const isWhole = count === rows.length;
      status.textContent = isWhole ? `${count} clauses` : `${count} of ${rows.length} clauses`;
      reset.disabled = isWhole && !statuses.length && !levels.length && !words.length && !section.value;
    };

    const showAll = () => {
      for (const button of buttons) button.setAttribute("aria-pressed", "false");
      section.value = "";
      text.value = "";
      apply();
    };

    for (const button of buttons) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        apply();
      });
    }
    section.addEventListener("change", apply);
    text.addEventListener("input", apply);
    reset.addEventListener("click", showAll);
    // A way to a clause that is filtered out shows it, and paper shows all.
    addEventListener("hashchange", () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target || !target.closest("#clauses [hidden]")) return;
      showAll();
      target.scrollIntoView();
    });
    addEventListener("beforeprint", showAll);
    filter.hidden = false;
    showAll();
  };

  const copy = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch {
      // Where the clipboard is not to be had, the text is selected for the person to copy.
      getSelection().selectAllChildren(element);
      return document.execCommand("copy");
    }
  };

  const addCopyButtons = () => {
    for (const element of all("[data-copy]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        button.textContent = (await copy(element)) ? "Copied" : "Selected";
        setTimeout(() => (button.textContent = "Copy"), 2000);
      });
      element.after(button);
    }
  };

  // What scrolls is to be reached by the keyboard. An observer is told without a layout of its own, and
  // of boxes that are opened later, too.
  const reachScrolling = () => {
    const observer = new ResizeObserver((entries) => {
      for (const { target: box } of entries) {
        if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
        else box.removeAttribute("tabindex");
      }
    });
    for (const box of all(".scroll")) observer.observe(box);
  };

  filterClauses();
  addCopyButtons();
  reachScrolling();
})();
