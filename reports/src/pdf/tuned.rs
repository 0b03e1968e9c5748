//! Settings that were chosen on the training images: a table, and what must be said of the choice.

use lab_score::record::{Record, TunedFacts, TunedRow};

use super::numbers::three;
use super::scores::Table;

/// Most combinations that the page shows.
const MOST: usize = 20;

/// The combinations that were tried, as they were written; of more than there is room for, the best ones, the best first.
pub(super) fn table(record: &Record) -> Table {
    let mut rows: Vec<&TunedRow> = record.tuned.iter().flat_map(|facts| &facts.rows).collect();
    if rows.len() > MOST {
        rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        rows.truncate(MOST);
    }
    let row = |row: &TunedRow| {
        vec![
            row.words(),
            three(row.score),
            three(row.standard_error),
            if row.is_chosen { "chosen" } else { "" }.into(),
        ]
    };
    let columns = ["settings", "mean over parts", "standard error", "choice"];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: rows.into_iter().map(row).collect(),
    }
}

/// How the settings were chosen, what took no part, and what the choice does not say.
pub(super) fn caption(record: &Record) -> String {
    let Some(facts) = &record.tuned else {
        return String::new();
    };
    let members = match facts.n_members {
        1 => "one decoder".to_owned(),
        n => format!("{n} decoders"),
    };
    let sentences = [
        format!(
            "Settings chosen by inner cross-validation on {} training images in {} parts; the test images were not used. Alignment and \
             {members} were fitted on all parts but one, and judged on the images of that one by {}.",
            facts.n_images, facts.n_folds, facts.score
        ),
        ties(facts),
        format!(
            "The chosen mean is the largest of {}, and on average promises more than new images will give. The standard error is over \
             parts, whose fits share training images: parts are not independent.",
            facts.rows.len()
        ),
        "The networks were not trained again for each part: if their corpus holds training images, they have seen those that they are \
         judged on, for every combination alike."
            .to_owned(),
        beyond(facts),
        left_out(facts.rows.len()),
    ];
    let said: Vec<String> = sentences.into_iter().filter(|of| !of.is_empty()).collect();
    said.join(" ")
}

/// What the page has no room for.
fn left_out(n: usize) -> String {
    if n > MOST {
        format!("The {MOST} best of {n} combinations are shown; the table `tuned` holds all.")
    } else {
        String::new()
    }
}

/// Which of several equal ones was taken.
fn ties(facts: &TunedFacts) -> String {
    let Some(chosen) = facts.rows.iter().find(|row| row.is_chosen) else {
        return String::new();
    };
    let is_equal = |row: &&TunedRow| row.score.total_cmp(&chosen.score).is_eq();
    match facts.rows.iter().filter(is_equal).count() {
        0 | 1 => String::new(),
        n => {
            format!("{n} combinations have this mean, and the first of them as written was taken.")
        }
    }
}

/// Whether a better value may lie beyond those that were tried.
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
            "{one} stands at an end of the values that were tried: a better one may lie beyond."
        ),
        several => format!(
            "{} stand at an end of the values that were tried: better ones may lie beyond.",
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
        assert_eq!(rows[1], ["decoder.l2=0.01", "0.342", "0.010", "chosen"]);
        let words = caption(&record);
        for part in [
            "inner cross-validation on 144 training images in 5 parts; the test images were not used",
            "Alignment and one decoder were fitted",
            "judged on the images of that one by mean pixel correlation",
            "the largest of 3, and on average promises more",
            "not trained again for each part",
        ] {
            assert!(words.contains(part), "{words}");
        }
        assert!(
            !words.contains("beyond") && !words.contains("have this mean"),
            "{words}"
        );

        let facts = record.tuned.as_mut().unwrap();
        facts.n_members = 3;
        facts.rows[1].is_at_an_end = vec![true];
        facts.rows[2].score = facts.rows[1].score;
        let words = caption(&record);
        assert!(words.contains("3 decoders were fitted"), "{words}");
        assert!(
            words.contains("2 combinations have this mean, and the first of them"),
            "{words}"
        );
        assert!(
            words.ends_with("decoder.l2=0.01 stands at an end of the values that were tried: a better one may lie beyond."),
            "{words}"
        );
        let row = &mut record.tuned.as_mut().unwrap().rows[1];
        row.settings.push("losses.0.0".into());
        row.values.push("10".into());
        row.is_at_an_end.push(true);
        assert!(caption(&record).contains("decoder.l2=0.01 and losses.0.0=10 stand at an end"));

        // Twenty rows have room on the page; of one more the worst is left out.
        let facts = record.tuned.as_mut().unwrap();
        let worst = facts.rows[2].clone();
        facts.rows.resize(20, worst.clone());
        assert_eq!(table(&record).rows.len(), 20);
        assert!(!caption(&record).contains("are shown"));
        record.tuned.as_mut().unwrap().rows.push(worst);
        let rows = table(&record).rows;
        assert_eq!((rows.len(), rows[0][3].as_str()), (20, "chosen"));
        assert!(
            caption(&record).ends_with(
                "The 20 best of 21 combinations are shown; the table `tuned` holds all."
            )
        );

        record.tuned = None;
        assert!(table(&record).rows.is_empty() && caption(&record).is_empty());
    }
}
