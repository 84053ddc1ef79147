// Narrows down what went wrong, and opens it. Without it all is there, and opened one by one.
(() => {
  "use strict";

  const section = document.getElementById("violations");
  const bar = section?.querySelector(".filter");
  if (!section) return;
  const cards = [...section.querySelectorAll(".violation")];

  const openAll = (open) => {
    for (const card of cards) {
      if (card.hidden) continue;
      for (const one of card.querySelectorAll("details.evidence")) one.open = open;
    }
  };

  if (bar) {
    const by = Object.fromEntries(
      [...bar.querySelectorAll("[data-by]")].map((field) => [field.dataset.by, field]),
    );
    const told = bar.querySelector("output");
    const texts = new Map();
    const textOf = (card) => {
      if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
      return texts.get(card);
    };
    const isOfLevel = (card, level) => {
      const isWaived = "waived" in card.dataset;
      return level === "waived" ? isWaived : card.dataset.level === level && !isWaived;
    };
    const isWanted = (card) =>
      (!by.level.value || isOfLevel(card, by.level.value)) &&
      (!by.clause.value || card.dataset.clause === by.clause.value) &&
      (!by.scenario.value || card.dataset.scenarios.split(" ").includes(by.scenario.value)) &&
      (!by.text.value.trim() || textOf(card).includes(by.text.value.trim().toLowerCase()));

    const apply = () => {
      for (const card of cards) {
        card.hidden = !isWanted(card);
        const row = section.querySelector(`.kinds a[href="#${card.id}"]`)?.closest("tr");
        if (row) row.hidden = card.hidden;
      }
      const shown = cards.filter((card) => !card.hidden).length;
      told.textContent = shown === cards.length ? "" : `${shown} of ${cards.length} shown`;
    };
    const clear = () => {
      for (const field of Object.values(by)) field.value = "";
      apply();
    };

    bar.hidden = false;
    bar.addEventListener("input", apply);
    bar.addEventListener("keydown", (event) => {
      if (event.key === "Escape") clear();
    });
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-open]");
      if (button) openAll(button.dataset.open === "true");
    });
    // Whoever follows a link to a card is to see it.
    const reveal = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target?.closest("#violations .violation[hidden]")) return;
      clear();
      target.scrollIntoView();
    };
    window.addEventListener("hashchange", reveal);
    // A browser may fill in what was chosen before the page was loaded again.
    apply();
  }

  // A frame that is linked to is opened.
  section.addEventListener("click", (event) => {
    const link = event.target.closest(".why a");
    const target = link && document.getElementById(link.hash.slice(1));
    if (target) target.open = true;
  });

  // The whole row of a diagram opens what its words do.
  section.addEventListener("click", (event) => {
    if (event.target.closest("a, .sequence details")) return;
    const details = event.target.closest(".sequence tr")?.querySelector("details");
    if (details) details.open = !details.open;
  });
})();
