//! How a level is run: how long, by how many devices, and with which options.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::capacity::By;
use crate::cli::gate::FailOn;
use crate::cli::planning::{self, Outline};
use crate::cli::preflight;
use crate::cli::progress::ProgressKind;
use crate::cli::refusal::Refusal;
use crate::cli::run::{AbortOn, OutputFormat, RunArgs};
use crate::cli::sources::sources;
use crate::run::{Outlook, Safety};
use crate::scenario::{Action, Scenario, Step};

use super::CapacityArgs;
use super::asked::Asked;
use super::seconds::Measured;
use super::words;

/// How many samples are to lie above the strictest percentile, near the knee and far away from it.
const NEAR: f64 = 100.0;
const FAR: f64 = 10.0;

/// A second is lost where the first whole one of a load begins, and where the last one ends.
const EDGES: Duration = Duration::from_secs(1);

/// How long an answer is taken to last where no objective says how long it may, in seconds.
const ANSWER_S: f64 = 0.5;

/// Devices are planned for answers that take so many times what the objectives allow: where the load is
/// too much, there have to be devices enough to show it.
const HEAD_ROOM: f64 = 2.0;

/// From this share of a cap on sends on, they are taken to be held back by it.
const AT_CAP: f64 = 0.97;

/// By how much more devices are planned, at most, than it seemed to take.
const WIDEST: f64 = 8.0;

/// Plans levels, and learns from those that were run.
#[derive(Clone, Debug)]
pub(super) struct Planner<'a> {
    args: &'a CapacityArgs,
    by: By,
    shape: Shape,
    /// The share of samples above the strictest percentile, where there is one.
    rarest: f64,
    /// The longest latency that an objective allows, in seconds.
    longest_s: f64,
    /// Samples a second of each unit of load; `None` where nothing is known of it.
    samples_each: Option<f64>,
    /// How many times as many devices as it seemed to take.
    width: f64,
}

/// What of a scenario and its endpoint decides on how it is run.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Devices of a flow instance.
    each: u32,
    /// How long a flow pauses by itself, in seconds.
    pause_s: f64,
    /// Messages that a flow sends.
    messages: u64,
    /// Chat messages among them.
    sends: u64,
    /// Sessions that an instance opens once, and in each flow.
    opens: (u64, u64),
    connects_per_s: Option<f64>,
    most_devices: Option<u32>,
    most_sends_per_s: Option<f64>,
}

/// A level that is to be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LevelPlan {
    pub(super) load: f64,
    pub(super) devices: u32,
    /// How long the load lasts, from the first flow on.
    pub(super) lasts: Duration,
    /// How long the level takes in all, about.
    pub(super) takes: Duration,
    /// Sessions that it opens.
    pub(super) sessions: f64,
    /// Chat messages that it sends, where that does not depend on answers.
    pub(super) sends: Option<f64>,
}

impl<'a> Planner<'a> {
    /// What is known before the first level.
    ///
    /// # Errors
    /// Options or files that are wrong, and too few accounts.
    pub(super) fn of(args: &'a CapacityArgs, asked: &Asked) -> Result<Self, Refusal> {
        let each = u32::try_from(asked.scenario.actors.len()).unwrap_or(u32::MAX);
        let mut planner = Self {
            args,
            by: asked.range.by,
            shape: Shape {
                each,
                pause_s: 0.0,
                messages: 1,
                sends: 1,
                opens: opens(&asked.scenario),
                connects_per_s: None,
                most_devices: None,
                most_sends_per_s: None,
            },
            rarest: asked.objectives.rarest(),
            longest_s: asked.objectives.longest_s().unwrap_or(ANSWER_S),
            samples_each: (asked.range.by == By::Rate).then_some(1.0),
            width: 1.0,
        };
        let devices =
            if planner.by == By::Rate { each } else { words::whole(asked.range.from) as u32 };
        let least = LevelPlan { devices, ..planner.plan(asked.range.from, false) };
        let outline = planning::outline(&planner.run_args(&least, None, asked.seed))?;
        let outlook = outline.outlook(outline.accounts()?);
        if let Some(scenario) = outlook.scenarios.first() {
            if let Some(why) = &scenario.skipped {
                return Err(Refusal::not_done(&format!("{}: {why}", scenario.name)));
            }
            planner.shape.pause_s = scenario.pause_s;
            planner.shape.messages = scenario.messages_per_flow;
            planner.shape.sends = scenario.sends_per_flow;
        }
        planner.shape.connects_per_s = outline.connect_rate;
        planner.shape.most_devices = outline.safety.most_devices;
        planner.shape.most_sends_per_s = outline.safety.most_sends_per_s;
        Ok(planner)
    }

    /// How a load is run.
    pub(super) fn plan(&self, load: f64, is_near: bool) -> LevelPlan {
        let devices = self.devices(load);
        let connecting = self.connecting(devices);
        // In a closed model each instance begins its load as soon as it is set up.
        let spread = if self.by == By::Devices { connecting } else { Duration::ZERO };
        let lasts = self.args.warm_up + self.counted(load, is_near) + EDGES + spread;
        let (once, by_flow) = self.shape.opens;
        let flows = (self.by == By::Rate).then_some(load * lasts.as_secs_f64());
        let instances = f64::from(devices / self.shape.each.max(1));
        LevelPlan {
            load,
            devices,
            lasts,
            takes: lasts + connecting.saturating_sub(spread) + EDGES,
            sessions: instances * once as f64 + flows.unwrap_or(instances) * by_flow as f64,
            sends: flows.map(|flows| flows * self.shape.sends as f64),
        }
    }

    /// A level was run, and had so many samples a second of what the percentiles are of.
    pub(super) fn learn(&mut self, load: f64, samples_per_s: f64) {
        if samples_per_s > 0.0 {
            self.samples_each = Some(samples_per_s / load);
        }
    }

    /// Plans more devices from now on; whether there may be more.
    pub(super) fn widen(&mut self, load: f64) -> bool {
        let before = self.devices(load);
        if self.args.devices.is_some() || self.width >= WIDEST {
            return false;
        }
        self.width *= 2.0;
        self.devices(load) > before
    }

    /// Why a level would be more than may be asked of the endpoint, or than this machine can do; what it
    /// will do otherwise.
    ///
    /// # Errors
    /// The reason.
    pub(super) fn check(&self, level: &LevelPlan, seed: u64) -> Result<Outlook, Refusal> {
        let args = self.run_args(level, None, seed);
        let outline = planning::outline(&args)?;
        let outlook = outline.outlook(outline.accounts()?);
        self.check_sends(level)?;
        preflight::check_open_files(&outlook)?;
        sources(&args.source_ip, &outline, &outlook)?;
        Ok(outlook)
    }

    /// Why more devices would not ask for more: they are held back by a cap on sends. `None` where they are
    /// not, as far as what was measured tells.
    pub(super) fn held_back(&self, load: f64, measured: Option<&Measured>) -> Option<String> {
        let most = self.shape.most_sends_per_s.filter(|_| self.by == By::Devices)?;
        let measured = measured?;
        let sent = measured.totals().requests as f64 / measured.seconds();
        (sent >= most * AT_CAP).then(|| {
            let (load, sent) = (self.by.told(load), words::figure(sent));
            let most = words::figure(most);
            format!("caps.rate allows {most} messages a second, and {load} sent {sent}")
        })
    }

    /// Which quotas of API Gateway a level comes near, a sentence each.
    pub(super) fn quotas(&self, level: &LevelPlan, outlook: &Outlook, seed: u64) -> Vec<String> {
        let outline: Result<Outline, _> = planning::outline(&self.run_args(level, None, seed));
        let is_remote = outline.is_ok_and(|outline| outline.endpoint.is_remote());
        if is_remote { preflight::quota_warnings(outlook) } else { Vec::new() }
    }

    /// What a run of a level is asked for.
    pub(super) fn run_args(&self, level: &LevelPlan, out: Option<PathBuf>, seed: u64) -> RunArgs {
        let args = self.args;
        RunArgs {
            paths: vec![args.scenario.clone()],
            endpoint: args.endpoint.clone(),
            server_arg: args.server_arg.clone(),
            devices: NonZeroU32::new(level.devices),
            iterations: None,
            duration: Some(level.lasts),
            rate: (self.by == By::Rate).then_some(level.load),
            ramp_up: Some(Duration::ZERO),
            connect_rate: args.connect_rate,
            seed: Some(seed),
            shard: None,
            start_at: None,
            jobs: None,
            abort_on: Some(AbortOn::Holds(Box::new(Safety::broken_service()))),
            workers: args.workers,
            source_ip: args.source_ip.clone(),
            tags: Vec::new(),
            skip_tags: Vec::new(),
            threshold: Vec::new(),
            schemas: None,
            fail_on: FailOn::Must,
            require: Vec::new(),
            waivers: None,
            out,
            overwrite: false,
            junit: None,
            csv: None,
            trace: None,
            trace_devices: NonZeroU32::MIN,
            metrics: None,
            progress: if args.dry_run { ProgressKind::None } else { args.progress },
            format: OutputFormat::Text,
            dry_run: false,
        }
    }

    fn check_sends(&self, level: &LevelPlan) -> Result<(), Refusal> {
        let Some(most) = self.shape.most_sends_per_s.filter(|_| self.by == By::Rate) else {
            return Ok(());
        };
        let sent = level.load * self.shape.messages as f64;
        if sent <= most {
            return Ok(());
        }
        let load = self.by.told(level.load);
        Err(Refusal::usage(format!(
            "error: caps.rate allows {} messages a second, and {load} of flows that send {} each take \
             {}: ask for less, or raise the cap",
            words::figure(most),
            self.shape.messages,
            words::figure(sent)
        )))
    }

    /// How long a level counts: far away from the knee never longer than near it at least, as few samples
    /// do there, and a search is to spend its time where they do not.
    fn counted(&self, load: f64, is_near: bool) -> Duration {
        let level = self.args.level;
        let (least, wanted, most) =
            if is_near { (level, NEAR, self.args.level_max) } else { (level / 2, FAR, level) };
        let per_s = self.samples_each.map(|each| each * load);
        let needed_s = per_s.map_or(0.0, |per_s| wanted / (self.rarest * per_s));
        let needed_s = if self.rarest < 1.0 { needed_s } else { 0.0 };
        let needed = Duration::try_from_secs_f64(needed_s.ceil()).unwrap_or(Duration::MAX);
        least.max(needed).min(most)
    }

    /// How long it takes to connect so many.
    fn connecting(&self, devices: u32) -> Duration {
        let seconds = self.shape.connects_per_s.map_or(0.0, |rate| f64::from(devices) / rate);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// How many devices a load takes: of a rate, by Little's law, as many as flows are under way at once
    /// where answers take longer than they may, and some more for chance; never beyond a cap.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates, and no load is negative"
    )]
    fn devices(&self, load: f64) -> u32 {
        let each = self.shape.each.max(1);
        match (self.by, self.args.devices) {
            (By::Devices, _) => load.round() as u32,
            (By::Rate, Some(devices)) => devices.get(),
            (By::Rate, None) => {
                let flow_s =
                    self.shape.pause_s + self.shape.messages as f64 * self.longest_s * HEAD_ROOM;
                let under_way = load * flow_s * self.width;
                let instances = (under_way + 4.0 * under_way.sqrt()).ceil().max(1.0) as u32;
                let most = self.shape.most_devices.map_or(u32::MAX, |most| most.max(each));
                instances.min(most / each).saturating_mul(each)
            }
        }
    }
}

/// Sessions that a scenario opens: once for each instance, and in each flow.
fn opens(scenario: &Scenario) -> (u64, u64) {
    let count = |steps: &[Step]| {
        let all = steps.iter().flat_map(Step::with_inner);
        all.filter(|step| matches!(step.action, Action::Init)).count() as u64
    };
    (count(&scenario.setup), count(&scenario.flow))
}
