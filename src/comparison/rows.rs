//! The figures of both sides, and what follows of each that is judged.

use std::collections::BTreeSet;
use std::slice;

use crate::metrics::{Blocks, Ratios, Resampling, Sample, Scale, Statistic};

use super::figure::{Figure, Rate, STATISTICS};
use super::outcome::outcome;
use super::{Change, Limit, Limits, Measured, MetricRow, Outcome, SideValue, Unit};

/// How often samples are drawn anew for figures that are only shown: there are many of them, and nothing
/// follows of their intervals.
const SHOWN_RESAMPLES: usize = 400;

/// What rows come to.
pub(super) struct Rows {
    /// Those first that are judged.
    pub(super) rows: Vec<MetricRow>,
    /// How figures were drawn anew.
    pub(super) resampling: Resampling,
    /// How many were judged by their intervals.
    pub(super) judged: usize,
}

/// Every figure that either side has.
pub(super) fn rows(base: &[Measured], candidate: &[Measured], limits: &Limits) -> Rows {
    let sides = [base, candidate];
    let metrics: Vec<_> =
        metrics(&sides, limits).into_iter().map(|name| Latencies::of(&sides, name)).collect();
    let rates = Rate::ALL.map(|rate| Counted::of(&sides, rate));
    let latencies = metrics.iter().flat_map(|of| STATISTICS.map(|one| of.draft(one, limits)));
    let counted = rates.iter().map(|of| of.draft(limits));
    let is_told = |draft: &Draft<'_>| draft.is_named || draft.counts != [0, 0];
    let drafts: Vec<_> = latencies.chain(counted).filter(is_told).collect();
    let judged = drafts.iter().filter(|draft| draft.is_judged()).count();
    let resampling = Resampling { figures: judged.max(1), ..Resampling::default() };
    let mut rows: Vec<_> = drafts.iter().map(|draft| draft.row(&resampling)).collect();
    rows.sort_by_cached_key(|row| (row.limit.is_none(), row.name.clone()));
    Rows { rows, resampling, judged }
}

/// The latency metrics that either side has, or a limit names.
fn metrics<'a>(sides: &[&'a [Measured]; 2], limits: &'a Limits) -> BTreeSet<&'a str> {
    let runs = sides.iter().flat_map(|side| side.iter());
    let known = runs.flat_map(|run| run.blocks.latencies.keys()).map(String::as_str);
    let named = limits.named().filter_map(|figure| match figure {
        Figure::Latency(metric, _) => Some(metric.as_str()),
        Figure::Rate(_) => None,
    });
    known.filter(|metric| limits.wants(metric)).chain(named).collect()
}

/// A latency metric of both sides.
struct Latencies<'a> {
    metric: &'a str,
    sides: [Vec<Blocks>; 2],
}

impl<'a> Latencies<'a> {
    fn of(sides: &[&[Measured]; 2], metric: &'a str) -> Self {
        let of_run = |run: &Measured| {
            let known = run.blocks.latencies.get(metric).map(|known| known.blocks.clone());
            known.unwrap_or_else(|| Blocks::of_seconds(run.blocks.block_s))
        };
        Self { metric, sides: sides.map(|side| side.iter().map(of_run).collect()) }
    }

    fn draft(&self, statistic: Statistic, limits: &Limits) -> Draft<'_> {
        let sides = self.sides.each_ref();
        let counts = sides.map(|side| side.iter().map(Blocks::count).sum());
        let samples = sides.map(|side| Sample::Latency(side, statistic));
        Draft::new(Figure::Latency(self.metric.to_owned(), statistic), samples, counts, limits)
    }
}

/// A rate of both sides.
struct Counted {
    rate: Rate,
    sides: [Vec<Ratios>; 2],
    counts: [u64; 2],
}

impl Counted {
    fn of(sides: &[&[Measured]; 2], rate: Rate) -> Self {
        let ratios = |run: &Measured| rate.of(&run.blocks).ratios.clone();
        // A rate rests on what was counted, a share on what that is a part of.
        let count = |run: &Measured| match rate.unit() {
            Unit::Share => rate.of(&run.blocks).whole,
            Unit::Us | Unit::PerSecond => rate.of(&run.blocks).part,
        };
        Self {
            rate,
            sides: sides.map(|side| side.iter().map(ratios).collect()),
            counts: sides.map(|side| side.iter().map(count).sum::<f64>().round() as u64),
        }
    }

    fn draft(&self, limits: &Limits) -> Draft<'_> {
        let samples = self.sides.each_ref().map(|side| Sample::Ratio(side));
        Draft::new(Figure::Rate(self.rate), samples, self.counts, limits)
    }
}

/// A figure of both sides, before it is judged.
struct Draft<'a> {
    figure: Figure,
    limit: Option<Limit>,
    is_named: bool,
    samples: [Sample<'a>; 2],
    counts: [u64; 2],
}

impl<'a> Draft<'a> {
    fn new(figure: Figure, samples: [Sample<'a>; 2], counts: [u64; 2], limits: &Limits) -> Self {
        let limit = limits.of(&figure);
        let is_named = limits.named().any(|named| *named == figure);
        Self { figure, limit, is_named, samples, counts }
    }

    /// Whether its verdict rests on an interval.
    fn is_judged(&self) -> bool {
        self.limit.is_some() && self.counts.iter().all(|count| *count > 0)
    }

    fn row(&self, resampling: &Resampling) -> MetricRow {
        let unit = self.figure.unit();
        let [base, candidate] =
            [0, 1].map(|side| side_value(&self.samples[side], self.counts[side]));
        let change = base.as_ref().zip(candidate.as_ref()).and_then(|_| self.change(resampling));
        let more_is_worse = unit != Unit::PerSecond;
        let outcome = self.limit.map(|limit| match (&base, &candidate, &change) {
            (_, None, _) => Outcome::Missing,
            (_, _, Some(change)) => outcome(change, limit, more_is_worse),
            (_, _, None) => Outcome::Inconclusive,
        });
        MetricRow {
            name: self.figure.name(),
            unit,
            more_is_worse,
            note: self.note(&change),
            base,
            candidate,
            change,
            limit: self.limit,
            outcome,
        }
    }

    fn change(&self, resampling: &Resampling) -> Option<Change> {
        let is_absolute = match self.limit {
            Some(Limit::Absolute(_)) => true,
            Some(Limit::Relative(_)) => false,
            None => self.figure.unit() == Unit::Share,
        };
        let scale = if is_absolute { Scale::Absolute } else { Scale::Relative };
        let [base, candidate] = &self.samples;
        let resamples = if self.limit.is_some() { resampling.resamples } else { SHOWN_RESAMPLES };
        let resampling = Resampling { resamples, ..*resampling };
        let spread = resampling.change(base, candidate, scale)?;
        let (estimate, low, high) = (spread.estimate, spread.low, spread.high);
        Some(Change { is_absolute, estimate, low, high })
    }

    /// What the figures do not tell.
    fn note(&self, change: &Option<Change>) -> Option<String> {
        let [base, candidate] = self.counts;
        let text = match (base, candidate) {
            (0, 0) => "neither side has samples, and a limit names it".to_owned(),
            (_, 0) => "the candidate has no samples".to_owned(),
            (0, _) => "the base has no samples".to_owned(),
            _ if change.is_some() => return None,
            _ if self.samples.iter().all(Sample::has_enough) => {
                "too few seconds to tell how it varies".to_owned()
            }
            _ => format!("too few samples: {base} and {candidate}"),
        };
        Some(text)
    }
}

fn side_value(sample: &Sample<'_>, samples: u64) -> Option<SideValue> {
    let runs = match sample {
        Sample::Latency(runs, statistic) => runs
            .iter()
            .map(|one| Sample::Latency(slice::from_ref(one), *statistic).value())
            .collect(),
        Sample::Ratio(runs) => {
            runs.iter().map(|one| Sample::Ratio(slice::from_ref(one)).value()).collect()
        }
    };
    let value = sample.value().filter(|_| samples > 0)?;
    Some(SideValue { value, samples, runs })
}
