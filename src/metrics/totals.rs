//! What a run counted.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Counts of a run, a scenario or an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Totals {
    /// Simulated devices.
    pub devices: u64,
    /// Connections opened.
    pub connections: u64,
    /// Connections opened by a device that had one before.
    pub reconnects: u64,
    /// Requests sent.
    pub requests: u64,
    /// Responses received.
    pub responses: u64,
    /// Events received.
    pub events: u64,
    /// Messages sent.
    pub sends: u64,
    /// Messages acknowledged with status 200.
    pub sends_acked: u64,
    /// Arrivals of events that EVENT-1 asks for.
    pub deliveries_expected: u64,
    /// Those that came in time.
    pub deliveries: u64,
    /// Those that did not.
    pub lost: u64,
    /// Events that came again on one connection.
    pub duplicates: u64,
    /// Bytes of messages received.
    pub bytes_in: u64,
    /// Bytes of messages sent.
    pub bytes_out: u64,
    /// Findings by level.
    pub findings: FindingCounts,
    /// Planned starts that were not made.
    pub dropped: u64,
}

/// Findings by level; those waived stand in `waived` alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct FindingCounts {
    /// Of `must` clauses.
    pub must: u64,
    /// Of `should` clauses.
    pub should: u64,
    /// Of `info` clauses.
    pub info: u64,
    /// Waived, of any level.
    pub waived: u64,
}

impl Totals {
    /// Adds other counts to these.
    pub fn add(&mut self, other: &Self) {
        // Taken apart whole, so that a new count cannot be forgotten here.
        let Self {
            devices,
            connections,
            reconnects,
            requests,
            responses,
            events,
            sends,
            sends_acked,
            deliveries_expected,
            deliveries,
            lost,
            duplicates,
            bytes_in,
            bytes_out,
            findings,
            dropped,
        } = *other;
        self.devices += devices;
        self.connections += connections;
        self.reconnects += reconnects;
        self.requests += requests;
        self.responses += responses;
        self.events += events;
        self.sends += sends;
        self.sends_acked += sends_acked;
        self.deliveries_expected += deliveries_expected;
        self.deliveries += deliveries;
        self.lost += lost;
        self.duplicates += duplicates;
        self.bytes_in += bytes_in;
        self.bytes_out += bytes_out;
        self.findings += findings;
        self.dropped += dropped;
    }
}

impl AddAssign for FindingCounts {
    fn add_assign(&mut self, other: Self) {
        let Self { must, should, info, waived } = other;
        self.must += must;
        self.should += should;
        self.info += info;
        self.waived += waived;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_added() {
        let findings = FindingCounts { must: 15, should: 16, info: 17, waived: 18 };
        let one = Totals {
            devices: 1,
            connections: 2,
            reconnects: 3,
            requests: 4,
            responses: 5,
            events: 6,
            sends: 7,
            sends_acked: 8,
            deliveries_expected: 9,
            deliveries: 10,
            lost: 11,
            duplicates: 12,
            bytes_in: 13,
            bytes_out: 14,
            findings,
            dropped: 19,
        };
        let mut two = one;
        two.add(&one);
        let doubled = serde_json::to_string(&two).unwrap();
        let expected = concat!(
            r#"{"devices":2,"connections":4,"reconnects":6,"requests":8,"responses":10,"#,
            r#""events":12,"sends":14,"sends_acked":16,"deliveries_expected":18,"deliveries":20,"#,
            r#""lost":22,"duplicates":24,"bytes_in":26,"bytes_out":28,"#,
            r#""findings":{"must":30,"should":32,"info":34,"waived":36},"dropped":38}"#,
        );
        assert_eq!(doubled, expected);
    }
}
