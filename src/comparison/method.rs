//! How verdicts come about, told to whoever reads a report.

use crate::metrics::Resampling;

use super::words::percent;
use super::{Evidence, Measured, Method};

/// So many runs on a side tell how runs differ from each other.
const RUNS: usize = 3;

/// The method of a comparison.
pub(super) fn method(
    base: &[Measured],
    candidate: &[Measured],
    resampling: &Resampling,
    judged: usize,
) -> Method {
    let evidence = if base.len().max(candidate.len()) >= RUNS {
        Evidence::BetweenRuns
    } else {
        Evidence::WithinRuns
    };
    let confidence = 1.0 - resampling.false_alarm;
    let mut blocks = base.iter().chain(candidate).map(|run| run.blocks.block_s);
    let first = blocks.next();
    let block_s = first.filter(|first| blocks.all(|other| other == *first));
    let resamples = resampling.resamples;
    let sentences = vec![
        drawn(evidence, resamples, block_s),
        intervals(1.0 - 2.0 * resampling.tail, confidence, judged),
        "Worse is what lies beyond its limit with the whole interval, and better what does so on the \
         other side; there is no difference where the whole interval lies between the two. Anything \
         else is inconclusive: it proves nothing, and fails nothing."
            .to_owned(),
        held_for(evidence, base.len(), candidate.len()),
    ];
    Method { evidence, confidence, judged, resamples, block_s, sentences }
}

fn drawn(evidence: Evidence, resamples: usize, block_s: Option<u64>) -> String {
    let blocks = match block_s {
        Some(seconds) => format!("blocks of {seconds} seconds"),
        None => "blocks of five seconds or more".to_owned(),
    };
    let runs = match evidence {
        Evidence::BetweenRuns => ", and so were whole runs",
        Evidence::WithinRuns => "",
    };
    format!(
        "Samples of neighbouring seconds hang together, so that each run was cut into {blocks}; \
         {resamples} times these were drawn anew, with replacement{runs}, and each figure was made of \
         what was drawn."
    )
}

fn intervals(of_each: f64, of_all: f64, judged: usize) -> String {
    let figures = match judged {
        1 => "One figure was judged".to_owned(),
        judged => format!("{judged} figures were judged together"),
    };
    let (each, all) = (percent(of_each), percent(of_all));
    format!(
        "How much the figures vary in that gives the interval in which the true change of each lies, by \
         {each}. {figures}: where nothing changed, none is called worse by chance, by {all} for all of \
         them together, as an interval that is not so sure of a change reaches to zero."
    )
}

fn held_for(evidence: Evidence, base: usize, candidate: usize) -> String {
    match evidence {
        Evidence::BetweenRuns if base.min(candidate) >= RUNS => {
            "There are three runs or more on each side: the intervals cover how runs differ from each \
             other."
                .to_owned()
        }
        Evidence::BetweenRuns => {
            "One side has fewer than three runs: it is taken to vary from run to run as the other side \
             does."
                .to_owned()
        }
        Evidence::WithinRuns => {
            "This is evidence within the runs only: it tells how sure the figures of these runs are, and \
             not how much the next run would differ. Three runs on a side tell that, too."
                .to_owned()
        }
    }
}
