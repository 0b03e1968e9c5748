//! Runs of a sweep without figures, and what they said.

use super::table::Gathered;

/// Most runs without figures that are named one by one although they say the same.
const MOST_ALIKE: usize = 6;

/// Runs without figures with what they said; a run that several combinations lead to once, and many that say the same together.
pub(super) fn unfinished(gathered: &Gathered) -> Vec<(String, String)> {
    let rows = gathered.rows.iter().enumerate();
    let open = rows.filter(|(_, row)| row.finished.is_none());
    let first = open.filter(|(idx, row)| gathered.rows[..*idx].iter().all(|of| of.job != row.job));
    let told = first.map(|(_, row)| {
        let said = format!("{}: {}", row.word, row.detail);
        let said = said.trim_end_matches([':', ' ']).to_owned();
        (row.label.clone(), said)
    });
    together(&told.collect::<Vec<_>>())
}

/// Runs that say the same, in one line where they are many.
fn together(all: &[(String, String)]) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (label, said) in all {
        let alike: Vec<&String> = all
            .iter()
            .filter(|(_, other)| other == said)
            .map(|(label, _)| label)
            .collect();
        match alike[..] {
            [first, .., last] if alike.len() > MOST_ALIKE => {
                if label == first {
                    let n = alike.len();
                    let runs = format!("{n} runs, the first {first}, the last {last}");
                    lines.push((runs, said.clone()));
                }
            }
            _ => lines.push((label.clone(), said.clone())),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::together;

    #[test]
    fn runs_that_say_the_same_are_told_together_where_they_are_many() {
        let of = |range: std::ops::Range<usize>, said: &str| -> Vec<(String, String)> {
            range
                .map(|seed| (format!("seed={seed}"), said.to_owned()))
                .collect()
        };
        let failed = of(1..2, "failed: no disk");
        let few = [of(2..8, "not begun"), failed.clone()].concat();
        let named = [of(2..8, "not begun"), failed.clone()].concat();
        assert_eq!(together(&few), named);
        let many = [of(2..9, "not begun"), failed.clone()].concat();
        let line = (
            "7 runs, the first seed=2, the last seed=8".to_owned(),
            "not begun".to_owned(),
        );
        assert_eq!(together(&many), [vec![line], failed].concat());
        assert!(together(&[]).is_empty());
    }
}
