//! Numbers of shards, in words.

/// `3`, `1 and 3`, `2 to 5, 7 and 9`. The numbers ascend.
pub(super) fn numbers(all: &[u32]) -> String {
    let mut stretches: Vec<(u32, u32)> = Vec::new();
    for no in all {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == *no => *last = *no,
            _ => stretches.push((*no, *no)),
        }
    }
    let told = stretches.into_iter().flat_map(|(first, last)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    });
    let mut told: Vec<_> = told.collect();
    match told.pop() {
        Some(last) if !told.is_empty() => format!("{} and {last}", told.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// `shard 3`, `shards 2 to 5 and 9`.
pub(super) fn shards(all: &[u32]) -> String {
    let noun = if all.len() == 1 { "shard" } else { "shards" };
    format!("{noun} {}", numbers(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_together() {
        for (all, expected) in [
            (&[3][..], "shard 3"),
            (&[1, 2], "shards 1 and 2"),
            (&[1, 3, 4], "shards 1, 3 and 4"),
            (&[2, 3, 4, 5, 7, 9], "shards 2 to 5, 7 and 9"),
        ] {
            assert_eq!(shards(all), expected);
        }
    }
}
