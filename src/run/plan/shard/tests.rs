//! Shards are disjoint and add up to the plan; and which plans cannot be shared.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use crate::device::{AccessToken, Target};
use crate::load::Share;
use crate::run::account::Account;
use crate::run::flow::mix;
use crate::run::plan::{Course, LoadOverride, plan_scenarios};
use crate::scenario::{ParseContext, Scenario, SourceFile, parse};

use super::*;

fn scenario(text: &str) -> Scenario {
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        list_folder: &|_| Ok(None),
    };
    let source = SourceFile::new("shared.yaml", text);
    parse(source, Some(Path::new("")), &context).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A plan of these scenarios.
fn plan_of(texts: &[String], accounts: usize) -> RunPlan {
    let scenarios = texts.iter().map(|text| scenario(text)).collect();
    let account = |nth| Account::new(AccessToken::new(format!("token-{nth}")), None);
    RunPlan {
        seed: 7,
        accounts: (0..accounts).map(account).collect(),
        scenarios: plan_scenarios(scenarios, &LoadOverride::default()).expect("it can be planned"),
        connect_rate: Some(40.0),
        ..RunPlan::against(Target::parse("ws://127.0.0.1:80/uat").expect("it is an origin"))
    }
}

/// A scenario of any kind: how its instances play, how many they are, and with how many actors.
fn any_scenario() -> impl Strategy<Value = String> {
    let course = prop_oneof![
        Just(String::new()),
        (1_u32..4).prop_map(|times| format!("iterations: {times}")),
        (1_u32..60, any::<bool>()).prop_map(|(rate, is_poisson)| {
            let arrival = if is_poisson { "poisson" } else { "uniform" };
            format!("rate: {rate}/s, duration: 3s, arrival: {arrival}")
        }),
        Just("stages".to_owned()),
    ];
    (course, 1_u32..40, 1_u32..4).prop_map(|(course, instances, actors)| {
        let devices = instances * actors;
        let names = ["a: {}", "b: { tenant: other }", "c: {}"][..actors as usize].join(", ");
        let load = match course.as_str() {
            "" => String::new(),
            "stages" => format!(
                "load: {{ stages: [{{ devices: {devices}, for: 2s }}, \
                 {{ devices: {actors}, for: 1s }}] }}\n"
            ),
            course => format!("load: {{ devices: {devices}, {course} }}\n"),
        };
        format!("name: x\nactors: {{ {names} }}\n{load}flow: [init]\n")
    })
}

/// All that is a flow instance's own: scenario, instance, devices, accounts, first row of data, seed.
type Own = (usize, u32, Vec<u32>, Vec<usize>, u64, u64);

/// What so many workers play of a plan's shard, in any order.
fn played(plan: &RunPlan, workers: u64) -> Vec<Own> {
    let mut all = Vec::new();
    for (at, one) in plan.scenarios.iter().enumerate() {
        let own = |instance| {
            let devices = (0..one.devices_each()).map(|nth| one.device(instance, nth)).collect();
            let seed = mix(plan.seed, at as u64, instance.into());
            let accounts = plan.accounts_of(one, instance);
            (at, instance, devices, accounts, one.nth_iteration(instance, 0), seed)
        };
        let deals = (0..workers).map(|no| one.deal(plan.shard).turns(no, workers));
        all.extend(deals.flat_map(|deal| deal.among(one.instances)).map(own));
    }
    all
}

/// The planned starts of each scenario that so many workers make of a plan's shard, in any order.
fn starts(plan: &RunPlan, workers: u64) -> Vec<(usize, Duration)> {
    let mut all = Vec::new();
    for (at, one) in plan.scenarios.iter().enumerate() {
        let Course::Open(arrivals) = &one.course else { continue };
        let deals = (0..workers).map(|no| one.deal(plan.shard).turns(no, workers));
        let shares = deals.map(|deal| arrivals.share(plan.seed, Share::of(deal, one.instances)));
        all.extend(shares.flatten().map(|offset| (at, offset)));
    }
    all
}

fn sorted<T: Ord>(mut some: Vec<T>) -> Vec<T> {
    some.sort_unstable();
    some
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shards_are_disjoint_and_add_up_to_the_plan(
        texts in proptest::collection::vec(any_scenario(), 1..5),
        workers in proptest::collection::vec(1_u64..5, 1..8),
        accounts in 3_usize..50,
    ) {
        let whole = plan_of(&texts, accounts);
        let count = u32::try_from(workers.len()).unwrap();
        let shards: Vec<_> = (1..=count)
            .map(|index| RunPlan { shard: Shard { index, count }, ..whole.clone() })
            .zip(workers)
            .collect();
        let dealt = shards.iter().flat_map(|(plan, workers)| played(plan, *workers)).collect();
        prop_assert_eq!(sorted::<Own>(dealt), sorted(played(&whole, 1)));
        let dealt = shards.iter().flat_map(|(plan, workers)| starts(plan, *workers)).collect();
        prop_assert_eq!(sorted(dealt), sorted(starts(&whole, 1)));
        let rates: f64 = shards.iter().map(|(plan, _)| plan.shard.part_of(40.0)).sum();
        prop_assert!((rates - 40.0).abs() < 1e-6, "{}", rates);
        for one in &whole.scenarios {
            let devices = shards.iter().map(|(plan, _)| one.devices_in(plan.shard)).sum::<u32>();
            prop_assert_eq!(devices, one.devices());
        }
        prop_assert!(shards.iter().all(|(plan, _)| plan.digest() == whole.digest()));
    }

    #[test]
    fn a_plan_of_one_shard_is_played_whole_whatever_its_workers(
        texts in proptest::collection::vec(any_scenario(), 1..4), workers in 1_u64..6,
    ) {
        let whole = plan_of(&texts, 5);
        let instances: u32 = whole.scenarios.iter().map(|one| one.instances).sum();
        let played = sorted(played(&whole, workers));
        prop_assert_eq!(played.len(), instances as usize);
        let mut devices: Vec<_> = played.into_iter().flat_map(|own| own.2).collect();
        devices.sort_unstable();
        let all: u32 = whole.scenarios.iter().map(ScenarioPlan::devices).sum();
        prop_assert_eq!(devices, (0..all).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_devices_are_as_many_as_asked_for_or_all(
        texts in proptest::collection::vec(any_scenario(), 1..4),
        count in 1_u32..6, nth in 0_u32..6, wanted in 1_u32..60,
    ) {
        let shard = Shard { index: nth % count + 1, count };
        let plan = RunPlan { shard, ..plan_of(&texts, 5) };
        let end = plan.end_of_first(NonZeroU32::new(wanted).unwrap());
        let devices: Vec<_> = played(&plan, 1).into_iter().flat_map(|own| own.2).collect();
        let below = devices.iter().filter(|device| **device < end).count();
        prop_assert_eq!(below, devices.len().min(wanted as usize));
    }
}

/// Whether the second of so many shards can be run, of a scenario of four flows with two tenants.
#[track_caller]
fn check(count: u32, scenarios: &[&str], common: Common, expected: Result<(), &str>) {
    let with_tenants = |more: &&str| {
        format!("name: pair\nactors: {{ a: {{}}, b: {{ tenant: other }} }}\n{more}flow: [init]\n")
    };
    let plan = plan_of(&scenarios.iter().map(with_tenants).collect::<Vec<_>>(), 1);
    let checked = check_shard(Shard { index: 2.min(count), count }, &plan.scenarios, common);
    match (checked, expected) {
        (Ok(()), Ok(())) => {}
        (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
        (checked, _) => panic!("{checked:?}"),
    }
}

const ANY: Common = Common { accounts: None, jobs: 1, most_devices: None };
const FOUR: &str = "load: { devices: 8 }\n";
const FOUR_ALONE: &str = "exclusive: true\nload: { devices: 8 }\n";

#[test]
fn a_shard_without_a_flow_instance_is_refused() {
    check(2, &[FOUR], ANY, Ok(()));
    check(5, &[FOUR], ANY, Ok(()));
    check(1, &[""], ANY, Ok(()));
    check(
        2,
        &[""],
        ANY,
        Err("shard 2 of 2 is left without a flow instance: the plan has 1 in all"),
    );
    check(2, &["", ""], ANY, Ok(()));
}

#[test]
fn flows_that_want_their_tenants_alone_take_accounts_for_all() {
    let with = |accounts| Common { accounts: Some(accounts), ..ANY };
    check(2, &[FOUR_ALONE], ANY, Ok(()));
    check(2, &[FOUR_ALONE], with(8), Ok(()));
    check(1, &[FOUR_ALONE], with(2), Ok(()));
    check(2, &[FOUR], with(2), Ok(()));
    let told = "`pair` is exclusive, and shards do not see which accounts others use";
    check(2, &[FOUR_ALONE], with(7), Err(told));
    check(2, &[FOUR_ALONE, ""], with(9), Err("10 tenants in all, and there are 9 accounts"));
    // Of one account none of its flows is played.
    check(2, &[FOUR_ALONE], with(1), Ok(()));
}

#[test]
fn a_cap_on_devices_holds_over_shards_that_do_not_wait_for_each_other() {
    let most = |devices| Common { most_devices: Some(devices), ..ANY };
    check(4, &[FOUR, FOUR], most(8), Ok(()));
    // Two shards have a flow more of the first scenario, and two of the second.
    let five = "load: { devices: 10 }\n";
    let told = "3 shards, none of which waits for another, may have 12 devices at once";
    check(3, &[five, five], most(11), Err(told));
    check(3, &[five, five], most(12), Ok(()));
    // One after the other in each, and yet side by side.
    check(2, &["", "", ""], most(2), Err("may have 4 devices at once, and caps.devices allows 2"));
    check(1, &["", "", ""], most(2), Ok(()));
}

#[test]
fn a_plan_has_a_seed_of_its_own_that_json_keeps() {
    let plan = plan_of(&[format!("name: x\n{FOUR}flow: [init]\n")], 1);
    let other = RunPlan { seed: 9, shard: Shard { index: 2, count: 3 }, ..plan.clone() };
    assert_eq!(plan.own_seed(), other.own_seed());
    assert!(plan.own_seed() < 1 << 53);
    let faster = RunPlan { connect_rate: None, ..plan.clone() };
    assert_ne!(plan.own_seed(), faster.own_seed());
}
