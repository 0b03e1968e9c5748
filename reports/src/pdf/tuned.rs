//! Settings that were chosen on the training images: a table, and what must be said of the choice.

use super::numbers::three;
use super::scores::Table;
use lab_score::record::{Record, TunedFacts, TunedRow};

/// Every combination that was tried.
pub(super) fn table(record: &Record) -> Table {
    let rows = record.tuned.iter().flat_map(|facts| &facts.rows);
    let row = |row: &TunedRow| {
        vec![
            row.words(),
            three(row.score),
            three(row.standard_error),
            if row.is_chosen { "chosen" } else { "" }.into(),
        ]
    };
    let columns = ["settings", "mean over parts", "standard error", ""];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: rows.map(row).collect(),
    }
}

/// How the settings were chosen, what took no part, and whether a better value may lie beyond those that were tried.
pub(super) fn caption(record: &Record) -> String {
    let Some(facts) = &record.tuned else {
        return String::new();
    };
    let members = match facts.n_members {
        1 => "one decoder".to_owned(),
        n => format!("{n} decoders"),
    };
    format!(
        "by cross-validation within the {} training images, cut into {} parts: alignment and {members} fitted on the others, and \
         judged on each part by {}. The test images took no part. The networks were not trained again for each part: where their \
         corpus holds training images, they have seen them, for every combination alike. The standard error is over parts, whose fits \
         share images.{}",
        facts.n_images,
        facts.n_folds,
        facts.score,
        beyond(facts)
    )
}

fn beyond(facts: &TunedFacts) -> String {
    let chosen = facts.rows.iter().find(|row| row.is_chosen);
    let at_ends: Vec<String> = chosen.map_or(Vec::new(), |row| {
        let settings = row.settings.iter().zip(&row.values).zip(&row.is_at_an_end);
        let at_end = settings.filter(|(_, is_at_an_end)| **is_at_an_end);
        at_end
            .map(|((path, value), _)| format!("{path}={value}"))
            .collect()
    });
    match at_ends.as_slice() {
        [] => String::new(),
        [one] => format!(
            " {one} stands at an end of the values that were tried: a better one may lie beyond."
        ),
        several => format!(
            " {} stand at an end of the values that were tried: better ones may lie beyond.",
            several.join(" and ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{caption, table};
    use crate::example::example;

    #[test]
    fn the_choice_says_what_it_rests_on() {
        let (mut record, _) = example();
        let rows = table(&record).rows;
        assert_eq!(rows[1], ["decoder.l2=0.01", "0.342", "0.012", "chosen"]);
        let words = caption(&record);
        for part in [
            "144 training images, cut into 5 parts",
            "alignment and one decoder fitted",
            "The test images took no part",
        ] {
            assert!(words.contains(part), "{words}");
        }
        assert!(!words.contains("beyond"), "{words}");

        let facts = record.tuned.as_mut().unwrap();
        facts.n_members = 3;
        facts.rows[1].is_at_an_end = vec![true];
        let words = caption(&record);
        assert!(words.contains("3 decoders"), "{words}");
        assert!(
            words.ends_with("decoder.l2=0.01 stands at an end of the values that were tried: a better one may lie beyond."),
            "{words}"
        );
        let row = &mut record.tuned.as_mut().unwrap().rows[1];
        row.settings.push("losses.0.0".into());
        row.values.push("10".into());
        row.is_at_an_end.push(true);
        assert!(caption(&record).contains("decoder.l2=0.01 and losses.0.0=10 stand at an end"));

        record.tuned = None;
        assert!(table(&record).rows.is_empty() && caption(&record).is_empty());
    }
}
