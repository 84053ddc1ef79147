//! What is made of many measurements.

/// The middle of them; of an even number, the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// An interval that holds the true median in at least 95 of 100 cases, whatever the distribution:
/// between two order statistics, by the sign test. `None` of fewer than six values, which are too few
/// for that.
///
/// ```text
/// P(the true median lies below the k-th least of n) = P(Binomial(n, 1/2) < k)
/// ```
pub(crate) fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let sorted = sorted(values);
    let n = sorted.len();
    let (mut probability, mut below, mut rank) = (0.5_f64.powi(n as i32), 0.0, 0);
    while below + probability <= 0.025 {
        below += probability;
        probability *= (n - rank) as f64 / (rank + 1) as f64;
        rank += 1;
    }
    (rank > 0).then(|| (sorted[rank - 1], sorted[n - rank]))
}

/// By how much the values rise from one to the next, as the line through them with the least
/// squares has it.
pub(crate) fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let pairs = values.iter().enumerate().map(|(nth, value)| (nth as f64 - middle, value - mean));
    let (mut product, mut square) = (0.0, 0.0);
    for (x, y) in pairs {
        product += x * y;
        square += x * x;
    }
    product / square
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
