//! The words of a progress bar, in the order of what matters: a narrow terminal cuts them off at the end.

/// Letters of the bar itself, which comes last.
const BAR: u64 = 24;

/// How a bar is laid out: what is at work, how far it is and the digits of its rate fit in 30 columns; the words take the
/// rest.
pub(crate) const TEMPLATE: &str = "{prefix:<16!} {percent:>3}% {eta:>4} {wide_msg}";

/// The words behind the share that is done and the time that is left.
pub(crate) fn words(done: u64, total: u64, unit: &str, state: &str, rate: &str) -> String {
    let counted = format!("{done}/{total} {unit}");
    let filled = (BAR * done.min(total)).checked_div(total).unwrap_or(0);
    let bar: String = (0..BAR)
        .map(|at| if at < filled { '█' } else { '░' })
        .collect();
    [rate, counted.as_str(), state, &bar]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("  ")
}

/// The line of a stage that is finished, which no terminal of 30 columns breaks.
pub(crate) fn finished(stage: &str, how: &str) -> String {
    format!("{stage:<21} {how:>7}")
}

#[cfg(test)]
mod tests {
    use super::{finished, words};

    #[test]
    fn finished_stages_fit_into_thirty_columns() {
        for stage in ["load", "ridge_to_pixels-ridge", "ceiling_from_decoders"] {
            for how in ["0.1 s", "86400.0 s", "reused"] {
                let line = finished(stage, how);
                assert!(line.chars().count() <= 31, "{line}");
            }
        }
        assert_eq!(finished("observer/gabor", "148.2 s").chars().count(), 29);
    }

    #[test]
    fn what_matters_comes_first() {
        let said = words(50, 200, "updates", "loss 0.25", "3.1/s");
        assert!(
            said.starts_with("3.1/s  50/200 updates  loss 0.25  ██████░"),
            "{said}"
        );
        assert_eq!(said.matches('█').count() + said.matches('░').count(), 24);
        assert!(words(0, 0, "images", "", "").starts_with("0/0 images  ░"));
        assert!(words(9, 3, "images", "", "").ends_with('█'));
    }
}
