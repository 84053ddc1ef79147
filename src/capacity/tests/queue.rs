//! A queue as theory knows it: constant service, several servers, first come first served.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// When requests come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arrivals {
    /// Evenly spaced: D/D/c. It saturates all at once.
    Even,
    /// Of a Poisson process: M/D/c. Latencies grow long before it saturates.
    Random,
}

/// A queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Queue {
    pub(super) arrivals: Arrivals,
    pub(super) servers: usize,
    pub(super) service_s: f64,
}

impl Queue {
    /// Latencies in seconds of those that came from the end of the warm-up to the end of a level, in order.
    /// A service is off by up to 2 %, as a real one is.
    pub(super) fn latencies(
        &self,
        load: f64,
        warm_up_s: f64,
        counted_s: f64,
        seed: u64,
    ) -> Vec<f64> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut free_at = vec![0.0_f64; self.servers];
        let (mut now, mut latencies) = (0.0, Vec::new());
        while now < warm_up_s + counted_s {
            let first = (0..free_at.len()).min_by(|a, b| free_at[*a].total_cmp(&free_at[*b]));
            let server = &mut free_at[first.unwrap()];
            let noise = 1.0 + 0.04 * (random.random::<f64>() - 0.5);
            *server = server.max(now) + self.service_s * noise;
            if now >= warm_up_s {
                latencies.push(*server - now);
            }
            now += match self.arrivals {
                Arrivals::Even => 1.0 / load,
                Arrivals::Random => -(1.0 - random.random::<f64>()).ln() / load,
            };
        }
        latencies
    }
}

/// The utilisation at which 1 % of an M/D/1 queue's waits are longer than so many service times, by Erlang's
/// formula for their distribution.
pub(super) fn utilisation_of_p99(wait: f64) -> f64 {
    let longer = |rho: f64| {
        let mut within = 0.0;
        for k in 0..=(wait.floor() as u32) {
            let off = rho * (f64::from(k) - wait);
            let factorial: f64 = (1..=k).map(f64::from).product();
            within += off.powi(k as i32) / factorial * (-off).exp();
        }
        1.0 - (1.0 - rho) * within
    };
    let (mut low, mut high) = (0.01, 0.99);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if longer(middle) > 0.01 { high = middle } else { low = middle }
    }
    low
}

#[test]
fn the_formula_agrees_with_a_long_run() {
    let rho = utilisation_of_p99(9.0);
    let queue = Queue { arrivals: Arrivals::Random, servers: 1, service_s: 1.0 };
    let mut latencies = queue.latencies(rho, 1e3, 4e5, 7);
    latencies.sort_by(f64::total_cmp);
    let p99 = latencies[latencies.len() * 99 / 100];
    assert!((p99 / 10.0 - 1.0).abs() < 0.05, "rho {rho}, p99 {p99}");
}
