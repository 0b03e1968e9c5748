//! What is exported, and every arm of the paragraph of methods.

use std::sync::Arc;

use super::{Exported, export, files, methods};
use crate::csv::Table;
use crate::folder::Study;
use crate::settings::{Exclusion, Payment, Platform, Settings, Size};
use crate::store::{Arrival, Store};
use crate::testing::study;

pub(super) fn settings() -> Settings {
    Settings {
        size: Size::Participants(3),
        ..Settings::default()
    }
}

/// One person who answers everything right, with a hostile remark.
pub(super) fn answered(study: &Study) -> Store {
    let mut store = Store::open(Arc::new(study.clone()), crate::clock::machine).unwrap();
    let arrival = Arrival {
        pid: "5f0a".into(),
        study: "s".into(),
        session: "x".into(),
        ..Arrival::default()
    };
    let person = store.arrive(&arrival, "tab", "token").unwrap().unwrap();
    store.instructed(&person, true, true).unwrap();
    for row in study.key.iter().filter(|row| row.list == 1) {
        let person = store.person("token").unwrap().unwrap();
        store
            .answer(&person, row.trial, row.side, 612.34)
            .unwrap()
            .unwrap();
    }
    store
        .remark(&person, "=HYPERLINK(\"http://evil\",\"click\")")
        .unwrap();
    store.finish(&person).unwrap().unwrap();
    store
}

#[test]
fn an_export_joins_answers_with_the_key_and_names_nobody() {
    let (temp, study) = study(10, &settings());
    let store = answered(&study);
    let (out, mapping) = (temp.path().join("out"), temp.path().join("mapping.csv"));
    let Exported {
        n_people,
        n_decisions,
        ..
    } = export(&study.folder, &out, Some(&mapping)).unwrap();
    assert_eq!((n_people, n_decisions), (1, 5 + 2 + 2));
    let table = Table::read(&std::fs::read_to_string(out.join("decisions.csv")).unwrap()).unwrap();
    assert_eq!(table.columns, super::decisions::COLUMNS);
    let cell = |row: &Vec<String>, name: &str| row[table.column(name).unwrap()].clone();
    for row in &table.rows {
        assert_eq!(
            (cell(row, "correct").as_str(), cell(row, "rt_ms").as_str()),
            ("1", "612.3")
        );
        assert_eq!(cell(row, "side"), cell(row, "answer"));
        assert_eq!(
            cell(row, "condition"),
            if cell(row, "kind") == "trial" {
                "dcgan"
            } else {
                ""
            }
        );
    }
    for (name, bytes) in files(&study, &store.everything().unwrap()) {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("5f0a"), "{name} names a person");
        assert!(
            !text.contains("\"=HYPER") && !text.contains(",=HYPER"),
            "{name} holds a formula"
        );
    }
    assert!(std::fs::read_to_string(mapping).unwrap().contains("5f0a"));
    let jspsych =
        Table::read(&std::fs::read_to_string(out.join("trials_jspsych.csv")).unwrap()).unwrap();
    for name in [
        "trial_type",
        "trial_index",
        "time_elapsed",
        "rt",
        "response",
        "stimulus",
        "correct",
    ] {
        assert!(jspsych.column(name).is_some(), "{name}");
    }
    let dictionary =
        Table::read(&std::fs::read_to_string(out.join("dictionary.csv")).unwrap()).unwrap();
    let described: Vec<&String> = dictionary.rows.iter().map(|row| &row[0]).collect();
    assert_eq!(described, table.columns.iter().collect::<Vec<_>>());
}

/// Settings, what the paragraph then says, and what it does not say.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases(base: Settings) -> Vec<(Settings, &'static str, &'static str)> {
    let prolific = Platform::Prolific {
        completion_url: "https://x".into(),
    };
    let exclusion = |most_failed_checks, least_median_rt_ms, least_share_answered| Exclusion {
        most_failed_checks,
        least_median_rt_ms,
        least_share_answered,
    };
    vec![
        (base.clone(), "invited by a link", "Prolific"),
        (
            Settings {
                platform: prolific,
                ..base.clone()
            },
            "recruited through Prolific",
            "invited",
        ),
        (
            Settings {
                platform: Platform::Code { code: "X".into() },
                ..base.clone()
            },
            "code of completion",
            "Prolific",
        ),
        (base.clone(), "was not paid", "an hour"),
        (
            Settings {
                payment: Some(Payment {
                    amount: 1.5,
                    currency: "GBP".into(),
                }),
                ..base.clone()
            },
            "paid with 1.50 GBP (11.25 an hour)",
            "not paid",
        ),
        (base.clone(), "one question on them, up to 2 times", "zzz"),
        (
            Settings {
                comprehension: vec![],
                ..base.clone()
            },
            "In each of",
            "question",
        ),
        (base.clone(), "2 practice trials with feedback", "zzz"),
        (
            Settings {
                practice_trials: 1,
                ..base.clone()
            },
            "One practice trial with feedback",
            "zzz",
        ),
        (
            Settings {
                practice_trials: 0,
                ..base.clone()
            },
            "In each of",
            "feedback",
        ),
        (
            base.clone(),
            "2 attention checks showed the original itself",
            "zzz",
        ),
        (
            Settings {
                catch_trials: 0,
                ..base.clone()
            },
            "had a median",
            "attention check",
        ),
        (
            base.clone(),
            "failed more than one attention check or had a median reaction time below 300 ms or answered less than 100 %",
            "No rule",
        ),
        (
            Settings {
                catch_trials: 0,
                exclusion: exclusion(0, 0.0, 0.0),
                ..base.clone()
            },
            "No rule of exclusion",
            "marked",
        ),
        (
            Settings {
                exclusion: exclusion(1, 0.0, 0.0),
                ..base.clone()
            },
            "those are marked for exclusion who failed more than one attention check;",
            "median",
        ),
        (base.clone(), "within 48 hours; after 30 minutes", "zzz"),
        (
            base.clone(),
            "no network address and no browser name",
            "zzz",
        ),
        (
            Settings {
                keep_addresses: true,
                ..base.clone()
            },
            "; network addresses were stored",
            "browser",
        ),
        (
            Settings {
                keep_browser_names: true,
                ..base.clone()
            },
            "; browser names were stored",
            "address",
        ),
        (
            Settings {
                keep_browser_names: true,
                keep_addresses: true,
                ..base.clone()
            },
            "addresses and browser names were",
            "zzz",
        ),
        (
            Settings {
                retention_days: 90,
                ..base
            },
            "deleted after 90 days",
            "zzz",
        ),
    ]
}

#[test]
fn the_paragraph_of_methods_follows_from_every_setting() {
    let (_temp, mut study) = study(10, &settings());
    let base = study.about.settings.clone();
    for (settings, expected, absent) in cases(base) {
        study.about.settings = settings;
        let text = methods(&study, None);
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(!text.contains(absent), "{absent}: {text}");
    }
    let text = methods(&study, None);
    assert!(
        !text.contains("simulated") && !text.contains("no result"),
        "{text}"
    );
    study.about.sources[0].simulated = Some("drawn by a test.".into());
    study.about.sources[0].toy = Some("too small.".into());
    let text = methods(&study, None);
    let label = &study.about.sources[0].label;
    for said in [
        format!("behind the reconstructions of {label} are simulated: drawn by a test."),
        format!("The reconstructions of {label} are no result: too small."),
    ] {
        assert!(text.contains(&said), "{said}: {text}");
    }
    study.about.sources.push(study.about.sources[0].clone());
    assert!(methods(&study, None).contains("5 trials of 2 sources in equal parts"));
    let all = crate::store::Everything::default();
    assert!(
        methods(&study, Some(&all))
            .contains("3 participants were planned; 0 began, and 0 finished.")
    );
    assert!(methods(&study, Some(&all)).contains("(0 so far); nobody was rejected"));
}
