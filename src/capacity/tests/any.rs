//! What holds whatever levels show.

use proptest::prelude::*;

use super::{P99, attempt, invalid, level, objective};
use crate::capacity::{By, Knee, Law, Level, LevelOutcome, Next, Range, Search};

/// What a run shows: certain or not, sound or not.
fn shown() -> impl Strategy<Value = (u8, f64, f64)> {
    (0_u8..8, 10.0..1000.0_f64, 0.0..2.0_f64)
}

fn ranges() -> impl Strategy<Value = Range> {
    let loads = (1_u32..50, 1.0..3000.0_f64, prop::bool::ANY, 1_u32..5);
    (loads, 0.005..0.5_f64, 1_usize..16, 1_usize..5).prop_map(
        |((from, times, is_rate, multiple), precision, most_levels, most_attempts)| {
            let (from, unit) = (f64::from(from), f64::from(multiple));
            let (by, multiple, from, to) = if is_rate {
                (By::Rate, 0, from, from * times)
            } else {
                (By::Devices, multiple, from * unit, (from * times).floor() * unit)
            };
            Range { by, from, to, multiple, precision, most_levels, most_attempts }
        },
    )
}

fn seen(load: f64, (kind, ms, width): (u8, f64, f64)) -> Level {
    let low = (1.0 - width).max(0.0);
    let figures = [low, 1.0, 1.0 + width].map(|by| ms * 1e3 * by);
    let judged = level(load, &[objective(P99, figures)]);
    match kind {
        0 => invalid(load),
        1 => Level { outcome: LevelOutcome::NotCarried, objectives: Vec::new(), ..judged },
        2 => level(load, &[objective("errors.rate < 1%", [0.0, 0.0, width])]),
        _ => judged,
    }
}

fn is_ordered(levels: &[Level]) -> bool {
    let kept = levels.iter().map(|level| level.outcome == LevelOutcome::Kept);
    kept.collect::<Vec<_>>().is_sorted_by(|below, above| below >= above)
}

proptest! {
    #[test]
    fn any_search_ends_in_order(range in ranges(), shown in prop::collection::vec(shown(), 1..80)) {
        let mut search = Search::new(range);
        let mut runs: Vec<f64> = Vec::new();
        let mut show = shown.iter().cycle();
        while let Next::Run { load, attempt: number, .. } = search.next() {
            prop_assert!(load >= range.from && load <= range.to, "{load} is out of {range:?}");
            runs.push(load);
            let times = runs.iter().filter(|run| **run == load).count();
            prop_assert_eq!(number, times);
            prop_assert!(times <= range.most_attempts);
            prop_assert!(runs.len() <= range.most_levels * range.most_attempts);
            let attempts = vec![attempt(); number];
            search.seen(Level { attempts, ..seen(load, *show.next().unwrap()) });
            prop_assert!(is_ordered(&search.answer().levels));
        }
        let answer = search.answer();
        prop_assert!(answer.levels.len() <= range.most_levels);
        prop_assert!(!answer.ended.told.is_empty());
        if let Some(Knee { load, low, high }) = answer.knee {
            prop_assert!(low <= load && load <= high && low < high);
            prop_assert!(Some(low) <= answer.carried && answer.carried <= Some(load));
        }
        let (verdict, why) = answer.conclude(range.by, Some(range.to));
        prop_assert!(!why.is_empty(), "{verdict:?}");
    }

    #[test]
    fn where_levels_do_not_change_their_mind_needed_levels_suffice(
        range in ranges(), knee in 1.0..5000.0_f64,
    ) {
        let range = Range { most_levels: 1000, ..range };
        let mut search = Search::new(range);
        while let Next::Run { load, attempt: number, .. } = search.next() {
            let ms = if load <= knee { 50.0 } else { 200.0 };
            let attempts = vec![attempt(); number];
            search.seen(Level { attempts, ..level(load, &[objective(P99, [ms * 1e3; 3])]) });
        }
        let answer = search.answer();
        prop_assert!(answer.levels.len() <= range.levels_needed(), "{:?}", answer.levels.len());
        if let Some(found) = answer.knee {
            prop_assert!(found.low <= knee && knee < found.high, "{found:?}");
        }
    }

    #[test]
    fn any_levels_fit_without_a_panic(
        points in prop::collection::vec((-1e12..1e12_f64, -1e12..1e12_f64), 0..20),
    ) {
        let levels: Vec<_> = points.iter().map(|(concurrency, throughput)| {
            let (concurrency, throughput) = (Some(*concurrency), Some(*throughput));
            Level { concurrency, throughput_per_s: throughput, ..level(1.0, &[]) }
        }).collect();
        if let Some(law) = Law::fit(&levels) {
            let text = serde_json::to_string(&law).unwrap();
            let numbers = text.replace("\"peak_at\":null", "").replace("\"peak\":null", "");
            prop_assert!(!numbers.contains("null"), "{text}");
        }
    }
}
