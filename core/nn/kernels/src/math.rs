//! Branch-free elementary functions and sums with one order, written so that the compiler vectorises them.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

/// Numbers summed side by side.
const LANES: usize = 16;

/// eˣ with a relative error below 2·10⁻⁷; 0 below −87.3, e⁸⁸ above 88.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2, eˣ = 2ⁿ·Σ rⁱ/i!.
/// Adding 1.5·2²³ rounds to the integer n and leaves it in the low bits, from where it moves into the exponent.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_145_75;
    const LN2_LOW: f32 = 1.428_606_8e-6;
    let clamped = x.clamp(-87.3, 88.0);
    let rounded = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = clamped - n * LN2_HIGH - n * LN2_LOW;
    let p = r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))));
    let p = 1.0 + r * (1.0 + r * (0.5 + p));
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    if x < -87.3 { 0.0 } else { p * power }
}

/// log(1 + u) for u in [0, 1] with a relative error below 3·10⁻⁷.
///
/// log(1 + u) = 2·artanh(s) with s = u/(2 + u) ≤ 1/3, by its series to s¹⁵.
#[inline(always)]
pub(crate) fn log_one_plus(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let q = s * s;
    let tail = q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0))));
    2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + tail))))
}

/// 1/(1 + e⁻ˣ), from e^−|x| alone.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    softplus_and_slope(x).1
}

/// (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ) with a relative error below 10⁻⁶.
///
/// Near 0, where 1 − e^−2|x| would lose digits, by its series to x¹¹.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    const NEAR: f32 = 0.35;
    let (size, q) = (x.abs(), x * x);
    let tail = q * (-17.0 / 315.0 + q * (62.0 / 2835.0 + q * (-1382.0 / 155_925.0)));
    let near = size * (1.0 + q * (-1.0 / 3.0 + q * (2.0 / 15.0 + tail)));
    let e = exp(-2.0 * size);
    let far = (1.0 - e) / (1.0 + e);
    if size < NEAR { near } else { far }.copysign(x)
}

/// log(1 + eˣ) and its slope 1/(1 + e⁻ˣ), from one e^−|x|.
#[inline(always)]
pub(crate) fn softplus_and_slope(x: f32) -> (f32, f32) {
    let e = exp(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    (x.max(0.0) + log_one_plus(e), numerator / (1.0 + e))
}

/// log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|).
#[inline(always)]
pub(crate) fn softplus(x: f32) -> f32 {
    softplus_and_slope(x).0
}

/// Σ term(x), in partial sums of every sixteenth that are added in order.
#[inline(always)]
pub(crate) fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for i in 0..LANES {
            lanes[i] += term(block[i]);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|&x| term(x)).sum::<f32>()
}

/// Two sums over three slices of equal length, each as in [`sum`].
#[inline(always)]
pub(crate) fn two_sums(
    x: &[f32],
    y: &[f32],
    z: &[f32],
    terms: impl Fn(f32, f32, f32) -> (f32, f32),
) -> (f32, f32) {
    let (mut first, mut second) = ([0f32; LANES], [0f32; LANES]);
    let ((xs, x), (ys, y), (zs, z)) = (
        x.as_chunks::<LANES>(),
        y.as_chunks::<LANES>(),
        z.as_chunks::<LANES>(),
    );
    for ((x, y), z) in xs.iter().zip(ys).zip(zs) {
        for i in 0..LANES {
            let (a, b) = terms(x[i], y[i], z[i]);
            first[i] += a;
            second[i] += b;
        }
    }
    let (mut a, mut b) = (first.iter().sum::<f32>(), second.iter().sum::<f32>());
    for ((&x, &y), &z) in x.iter().zip(y).zip(z) {
        let (one, two) = terms(x, y, z);
        a += one;
        b += two;
    }
    (a, b)
}
