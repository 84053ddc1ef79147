//! Weighted least squares for the law's three coefficients, none of them negative.

/// A level's place on the curve; both are above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Requests under way at once.
    pub(super) concurrency: f64,
    /// Responses a second.
    pub(super) throughput: f64,
}

/// What describes a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coefficients {
    pub(super) lambda: f64,
    pub(super) sigma: f64,
    pub(super) kappa: f64,
}

/// Which of the terms besides the first take part. A term that would have to be negative is held at 0; of
/// the four ways to do so the best one is the answer, as the sum of squares is convex.
const TERMS: [[bool; 2]; 4] = [[true, true], [true, false], [false, true], [false, false]];

impl Coefficients {
    /// Gunther's form: `N / X = 1 / lambda + sigma / lambda (N - 1) + kappa / lambda N (N - 1)` is linear in
    /// what is sought. Points weigh by `(X / N)^2`, as throughputs err by a share of themselves.
    pub(super) fn fitted(points: &[Point]) -> Option<Self> {
        let candidates = TERMS.iter().filter_map(|terms| least_squares(points, *terms));
        let (_, [single, contention, crosstalk]) =
            candidates.min_by(|(one, _), (other, _)| one.total_cmp(other))?;
        let law =
            Self { lambda: 1.0 / single, sigma: contention / single, kappa: crosstalk / single };
        let is_finite = [law.lambda, law.sigma, law.kappa].iter().all(|it| it.is_finite());
        let describes = points.iter().all(|point| law.throughput(point.concurrency) > 0.0);
        (is_finite && describes).then_some(law)
    }

    /// Responses a second at a concurrency.
    pub(super) fn throughput(&self, concurrency: f64) -> f64 {
        let others = concurrency - 1.0;
        let slowdown = 1.0 + self.sigma * others + self.kappa * concurrency * others;
        self.lambda * concurrency / slowdown
    }

    /// The concurrency of the greatest throughput.
    pub(super) fn peak_at(&self) -> Option<f64> {
        let peak = ((1.0 - self.sigma) / self.kappa).sqrt();
        (self.kappa > 0.0 && peak.is_finite() && peak > 0.0).then_some(peak)
    }

    /// The share of the variance of throughput that it explains, from 0.
    pub(super) fn r_squared(&self, points: &[Point]) -> f64 {
        let mean = points.iter().map(|it| it.throughput).sum::<f64>() / points.len() as f64;
        let squares = |off: &dyn Fn(&Point) -> f64| points.iter().map(|it| off(it).powi(2)).sum();
        let total: f64 = squares(&|it| it.throughput - mean);
        let left: f64 = squares(&|it| it.throughput - self.throughput(it.concurrency));
        let share = 1.0 - left / total;
        if share.is_finite() { share.max(0.0) } else { 0.0 }
    }
}

/// The weighted sum of squares that is left, and the three factors; `None` where the points do not
/// determine them, or one of them is negative.
fn least_squares(points: &[Point], terms: [bool; 2]) -> Option<(f64, [f64; 3])> {
    // Columns and weights of about the size of 1 keep the equations well conditioned.
    let scale = points.iter().map(|it| it.concurrency).fold(1.0, f64::max);
    let speed = points.iter().map(|it| it.throughput / it.concurrency).fold(0.0, f64::max);
    let takes_part = [true, terms[0], terms[1]];
    let row = |point: &Point| {
        let weight = point.throughput / point.concurrency / speed;
        let others = (point.concurrency - 1.0) / scale;
        let columns = [1.0, others, others * point.concurrency / scale];
        [0, 1, 2].map(|at| if takes_part[at] { columns[at] * weight } else { 0.0 })
    };
    let rows: Vec<_> = points.iter().map(row).collect();
    // A weighted observation is `N / X * (X / N) / speed`, the same for all: 1, and `speed` comes later.
    let mut equations = [[0.0; 4]; 3];
    for (at, equation) in equations.iter_mut().enumerate() {
        for other in 0..3 {
            equation[other] = rows.iter().map(|row| row[at] * row[other]).sum();
        }
        equation[3] = rows.iter().map(|row| row[at]).sum();
        if !takes_part[at] {
            // A term that takes no part is 0.
            equation[at] = 1.0;
        }
    }
    let [single, contention, crosstalk] = solved(&mut equations)?;
    let fitted = |row: &[f64; 3]| single * row[0] + contention * row[1] + crosstalk * row[2];
    let left = rows.iter().map(|row| (1.0 - fitted(row)).powi(2)).sum::<f64>();
    let is_possible = single > 0.0 && contention >= 0.0 && crosstalk >= 0.0 && left.is_finite();
    let factors = [single, contention / scale, crosstalk / (scale * scale)];
    is_possible.then(|| (left, factors.map(|factor| factor / speed)))
}

/// Gaussian elimination with pivoting; `None` where the equations do not determine the unknowns.
fn solved(equations: &mut [[f64; 4]; 3]) -> Option<[f64; 3]> {
    let size = equations.iter().flatten().fold(0.0, |most: f64, it| most.max(it.abs()));
    for column in 0..3 {
        let size_in = |row: &usize| equations[*row][column].abs();
        let pivot = (column..3).max_by(|a, b| size_in(a).total_cmp(&size_in(b)))?;
        equations.swap(column, pivot);
        let pivot = equations[column];
        let is_determined = pivot[column].abs() > 1e-13 * size;
        if !is_determined {
            return None;
        }
        for row in (0..3).filter(|row| *row != column) {
            let factor = equations[row][column] / pivot[column];
            for (value, of_pivot) in equations[row].iter_mut().zip(pivot) {
                *value -= factor * of_pivot;
            }
        }
    }
    Some([0, 1, 2].map(|row| equations[row][3] / equations[row][row]))
}
