//! The mark beside the verdict: a shape of its own for each, so that colour is never all.

use maud::{Markup, html};

use crate::run::Verdict;

/// The mark; the word beside it says the same to those who do not see it.
pub(in crate::report) fn mark(verdict: Verdict) -> Markup {
    let shape = match verdict {
        Verdict::Passed => html! {
            circle cx="24" cy="24" r="22" {}
            (line("M14 25l7 7 13-15"))
        },
        Verdict::Failed => html! {
            path d="M15 2h18l13 13v18L33 46H15L2 33V15z" {}
            (line("M16 16l16 16M32 16L16 32"))
        },
        Verdict::Invalid => html! {
            path d="M24 3l22 41H2z" {}
            (line("M24 18v12M24 36v2"))
        },
        Verdict::Interrupted => html! {
            rect x="3" y="3" width="42" height="42" rx="8" {}
            (line("M18 15v18M30 15v18"))
        },
        Verdict::Error => html! {
            path d="M24 2l22 22-22 22L2 24z" {}
            (line("M16 24h16"))
        },
    };
    html! {
        svg class="mark" viewBox="0 0 48 48" width="48" height="48" fill="currentColor"
            aria-hidden="true" { (shape) }
    }
}

fn line(d: &str) -> Markup {
    html! {
        path d=(d) fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"
            stroke-linejoin="round" {}
    }
}
