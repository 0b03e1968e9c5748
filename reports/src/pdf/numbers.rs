//! Numbers as a reader expects them.

/// A share as a percentage with one digit: `95.7 %`.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.1} %", 100.0 * share)
    } else {
        DASH.into()
    }
}

/// A number with three digits after the point.
pub(super) fn three(value: f64) -> String {
    if value.is_finite() {
        format!("{value:.3}").replace('-', "−")
    } else {
        DASH.into()
    }
}

/// A number with four significant digits.
pub(super) fn four(value: f64) -> String {
    let digits = match value.abs() {
        size if !size.is_finite() => return DASH.into(),
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        _ if value.fract().abs() < f64::EPSILON => 0,
        size if size >= 0.1 => 3,
        _ => 4,
    };
    format!("{value:.digits$}").replace('-', "−")
}

/// A p-value: `p = 0.012`, or `p < 0.0001`.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.0001 {
        "p < 0.0001".into()
    } else {
        format!("p = {}", p_figure(p))
    }
}

/// A p-value without its letter.
pub(super) fn p_figure(p: f64) -> String {
    match p {
        p if !p.is_finite() => DASH.into(),
        p if p < 0.0001 => "< 0.0001".into(),
        p if p < 0.01 => format!("{p:.4}"),
        // A level of 5 % is read off these figures: what is below it must not look like it.
        p if (0.0495..0.05).contains(&p) => format!("{:.4}", p.min(0.0499)),
        p => format!("{p:.3}"),
    }
}

/// An interval of shares: `93.1–97.8 %`.
pub(super) fn interval((low, high): (f64, f64)) -> String {
    format!("{:.1}–{:.1} %", 100.0 * low, 100.0 * high)
}

/// What stands where there is no number.
pub(super) const DASH: &str = "–";

/// The text with a capital at its start.
pub(super) fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::p_figure;

    #[test]
    fn no_p_looks_like_the_level_that_it_is_below() {
        for (p, figure) in [
            (0.04949, "0.049"),
            (0.0495, "0.0495"),
            (0.049_99, "0.0499"),
            (0.05, "0.050"),
            (0.0099, "0.0099"),
            (0.5, "0.500"),
            (0.000_01, "< 0.0001"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(p_figure(p), figure);
        }
    }
}
