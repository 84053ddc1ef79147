//! Barriers of flows: every instance of a scenario waits until all of this shard are there.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::plan::{RunPlan, ScenarioPlan};
use super::start_line::StartLine;

/// The barriers of every scenario of a run, and its start line. All workers share them.
#[derive(Debug)]
pub(super) struct Barriers {
    flows: Vec<Vec<FlowBarrier>>,
    lines: Vec<StartLine>,
}

impl Barriers {
    pub(super) fn new(plan: &RunPlan) -> Self {
        let instances = |of: &ScenarioPlan| of.instances_in(plan.shard);
        let flows = |of: &ScenarioPlan| {
            of.scenario.barriers.iter().map(|_| FlowBarrier::new(instances(of))).collect()
        };
        Self {
            flows: plan.scenarios.iter().map(flows).collect(),
            lines: plan.scenarios.iter().map(|of| StartLine::new(instances(of))).collect(),
        }
    }

    pub(super) fn one(&self, scenario: usize, barrier: usize) -> &FlowBarrier {
        &self.flows[scenario][barrier]
    }

    pub(super) fn line(&self, scenario: usize) -> &StartLine {
        &self.lines[scenario]
    }

    /// An instance is done, and comes to none of its barriers any more.
    pub(super) fn leave(&self, scenario: usize) {
        self.flows[scenario].iter().for_each(FlowBarrier::leave);
        self.lines[scenario].leave();
    }
}

/// One barrier of one scenario. All workers share it.
#[derive(Debug)]
pub(super) struct FlowBarrier {
    state: Mutex<State>,
    /// Told each time it opens. Waiters go on in the order in which they came.
    opened: Notify,
}

#[derive(Debug)]
struct State {
    /// Instances that may still come.
    expected: u64,
    waiting: u64,
}

impl FlowBarrier {
    /// A barrier for so many instances.
    pub(super) fn new(instances: u32) -> Self {
        let state = State { expected: instances.into(), waiting: 0 };
        Self { state: Mutex::new(state), opened: Notify::new() }
    }

    /// Waits until every instance that is still there waits as well.
    pub(super) async fn wait(&self) {
        let mut opened = pin!(self.opened.notified());
        opened.as_mut().enable();
        self.change(|state| state.waiting += 1);
        opened.await;
    }

    /// An instance is done, and will not come any more.
    pub(super) fn leave(&self) {
        self.change(|state| state.expected = state.expected.saturating_sub(1));
    }

    /// Changes the state, and opens where all are there.
    fn change(&self, change: impl FnOnce(&mut State)) {
        // A panic elsewhere leaves two numbers, which are as good as before.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        if state.waiting > 0 && state.waiting >= state.expected {
            state.waiting = 0;
            self.opened.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn it_opens_when_the_last_is_there_or_gone() {
        let barrier = FlowBarrier::new(3);
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = pin!(barrier.wait());
        let mut second = pin!(barrier.wait());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        assert!(second.as_mut().poll(&mut cx).is_pending());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        barrier.leave();
        assert!(first.poll(&mut cx).is_ready());
        assert!(second.poll(&mut cx).is_ready());
    }
}
